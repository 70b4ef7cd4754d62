"""Which exchanges can be configured, and what that costs."""

import subprocess
import sys
from decimal import Decimal

import pytest
from pydantic import ValidationError

from entrypoints.settings.installed_exchanges import default_exchanges, registered_exchanges
from entrypoints.settings.settings import Settings, load_settings


def test_the_exchanges_of_crossrate_itself_are_registered_and_two_are_asked_by_default() -> None:
    assert {"binance", "bybit", "coinbase", "kraken", "kucoin", "okx"} <= registered_exchanges().keys()
    assert default_exchanges() == Settings(_env_file=None).exchanges == ("binance", "kucoin")


def test_an_exchange_brings_its_address() -> None:
    settings = Settings(_env_file=None, kucoin_url="http://127.0.0.1:8090/kucoin")
    assert settings.url_of("binance") == registered_exchanges()["binance"].default_url
    assert settings.url_of("kucoin") == "http://127.0.0.1:8090/kucoin"
    assert settings.settings_of("kucoin") == {}


def test_an_exchange_that_is_not_installed_is_rejected_with_the_installed_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CROSSRATE_EXCHANGES", "binance,nobody")
    with pytest.raises(
        SystemExit, match=r"CROSSRATE_EXCHANGES: nobody is not an installed exchange\. Installed: binance"
    ):
        load_settings()


def test_the_settings_load_no_adapter() -> None:
    look = "import sys, entrypoints.settings.settings; print(*sorted(sys.modules))"
    command = [sys.executable, "-c", look]
    found = subprocess.run(command, capture_output=True, check=True, text=True)  # noqa: S603 -- ours, word for word
    loaded = found.stdout.split()
    assert "adapters.binance.entry_point" in loaded
    assert not {"adapters.binance.market_data", "adapters.kucoin.messages", "aiohttp", "ccxt", "msgspec"} & set(loaded)


def test_fees_are_set_for_exchanges_of_a_library_as_well() -> None:
    fees = Settings(_env_file=None, taker_fee_percents="binance:0.075,ccxt:gate:0.2").taker_fees
    assert fees == {"binance": Decimal("0.00075"), "ccxt:gate": Decimal("0.002")}
    for wrong in ("gate:0.2", "binance", "ccxt:gate", "other:gate:0.2"):
        with pytest.raises(ValidationError, match="exchange"):
            Settings(_env_file=None, taker_fee_percents=wrong)
