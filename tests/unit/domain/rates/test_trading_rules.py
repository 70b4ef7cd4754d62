"""An exchange's rules for orders."""

from decimal import Decimal

import pytest

from domain.currency import Currency
from domain.pair import Pair
from domain.rates.instruments import Instrument, Instruments
from domain.rates.trading_rules import NO_RULES, TradingRules

TEXTS = ("0.01", "0.0001", "0.0002", "5", "0.001", "-0.0002", "1.00", "1E-2")


def test_rules_are_read_from_texts_and_written_as_they_were() -> None:
    rules = TradingRules.parse(*TEXTS)
    assert rules == TradingRules(*map(Decimal, TEXTS))
    assert TradingRules.parse(*rules.texts) == rules


def test_equal_rules_are_one_object() -> None:
    assert TradingRules.parse(*TEXTS) is TradingRules.parse(*TEXTS)


@pytest.mark.parametrize(
    "odd", [None, "", "x", "NaN", "Infinity", "-1", "1" * 41, "1E+31", "1E+9999999999999999999", 7]
)
def test_a_text_that_is_no_sensible_number_counts_as_missing(odd: object) -> None:
    assert TradingRules.parse(odd, odd, odd, odd) == NO_RULES
    assert TradingRules.parse([], odd, {}, odd) == NO_RULES


def test_a_step_of_zero_is_none_and_a_minimum_of_zero_is_kept() -> None:
    assert TradingRules.parse("0.00", "0", "0", "0") == TradingRules(min_quantity=Decimal(0), min_notional=Decimal(0))


def test_an_instrument_comes_with_its_rules() -> None:
    rules = TradingRules.parse(*TEXTS)
    rows = [("BTCUSDT", "BTC", "USDT"), ("TRXUSDT", "TRX", "USDT")]
    made = Instruments.of("binance", rows, 1.0, rules={"BTCUSDT": rules})
    assert made.instrument("BTCUSDT") == Instrument("BTCUSDT", Pair(Currency("BTC"), Currency("USDT")), rules)
    assert made.instrument("TRXUSDT").rules == NO_RULES
    assert [each.symbol for each in made] == ["BTCUSDT", "TRXUSDT"]
    assert len(made) == 2
    with pytest.raises(KeyError):
        made.instrument("ETHUSDT")
