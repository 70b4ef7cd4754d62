"""Which brokers may be named, and what they need."""

from decimal import Decimal

import pytest
from pydantic import ValidationError

from domain.currency import Currency
from entrypoints.settings.settings import Settings
from entrypoints.settings.sources import shown_settings


def test_by_default_purchases_are_simulated_with_funds_of_its_own() -> None:
    settings = Settings()
    assert settings.brokers == ("simulated",)
    assert settings.funds[Currency("USDT")] == Decimal(10_000_000)
    assert settings.trading_urls == {}


@pytest.mark.parametrize("funds", ["USDT", "USDT:-1", "USDT:many", ":5"])
def test_funds_that_are_no_amounts_are_refused(monkeypatch: pytest.MonkeyPatch, funds: str) -> None:
    monkeypatch.setenv("CROSSRATE_SIMULATED_FUNDS", funds)
    with pytest.raises(ValidationError):
        Settings()


@pytest.mark.parametrize("brokers", ["nosuch", "simulated,simulated", ","])
def test_brokers_that_do_not_exist_or_stand_twice_are_refused(monkeypatch: pytest.MonkeyPatch, brokers: str) -> None:
    monkeypatch.setenv("CROSSRATE_BROKERS", brokers)
    with pytest.raises(ValidationError):
        Settings()


def test_a_broker_needs_all_of_its_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSRATE_BROKERS", "binance,kucoin")
    monkeypatch.setenv("CROSSRATE_BINANCE_API_KEY", "key")
    monkeypatch.setenv("CROSSRATE_KUCOIN_API_SECRET", "secret")
    with pytest.raises(ValidationError) as caught:
        Settings()
    (error,) = caught.value.errors()
    assert error["loc"] == ("brokers",)
    for missing in ("CROSSRATE_BINANCE_API_SECRET", "CROSSRATE_KUCOIN_API_KEY", "CROSSRATE_KUCOIN_API_PASSPHRASE"):
        assert missing in error["msg"]
    assert "CROSSRATE_BINANCE_API_KEY" not in error["msg"]


@pytest.mark.parametrize("written", [" key", "key ", "one\ntwo", "key\r"])
def test_a_key_that_was_pasted_with_more_than_itself_is_refused_where_it_is_used(
    monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    monkeypatch.setenv("CROSSRATE_BINANCE_API_KEY", written)
    monkeypatch.setenv("CROSSRATE_BINANCE_API_SECRET", "secret")
    Settings()
    monkeypatch.setenv("CROSSRATE_BROKERS", "binance")
    with pytest.raises(ValidationError, match="CROSSRATE_BINANCE_API_KEY must be one line, without spaces around it"):
        Settings()


def test_brokers_with_keys_are_called_under_their_trading_urls(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API_KEY", "API_SECRET", "API_PASSPHRASE"):
        monkeypatch.setenv(f"CROSSRATE_BINANCE_{name}", f"binance {name}")
        monkeypatch.setenv(f"CROSSRATE_KUCOIN_{name}", f"kucoin {name}")
    monkeypatch.setenv("CROSSRATE_BROKERS", "kucoin, simulated, binance")
    monkeypatch.setenv("CROSSRATE_BINANCE_TRADING_URL", "https://testnet.binance.vision")
    settings = Settings()
    assert settings.brokers == ("kucoin", "simulated", "binance")
    assert settings.trading_urls == {
        "kucoin_trading": "https://api.kucoin.com",
        "binance_trading": "https://testnet.binance.vision",
    }
    assert settings.trading_urls.items() <= settings.called_urls.items()
    assert settings.broker_settings_of("kucoin") == {
        "api_key": "kucoin API_KEY",
        "api_secret": "kucoin API_SECRET",
        "api_passphrase": "kucoin API_PASSPHRASE",
        "api_key_version": "3",
    }
    shown = "\n".join(f"{each.variable}={each.value}" for each in shown_settings(settings))
    for secret in (
        "binance API_KEY",
        "binance API_SECRET",
        "kucoin API_KEY",
        "kucoin API_SECRET",
        "kucoin API_PASSPHRASE",
    ):
        assert secret not in f"{shown} {settings!r}"
