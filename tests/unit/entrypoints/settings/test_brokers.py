"""Which brokers may be named, and what they need."""

from decimal import Decimal

import pytest
from pydantic import ValidationError

from domain.currency import Currency
from entrypoints.settings.settings import Settings


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
