"""Quotes and their hours."""

from decimal import Decimal

import pytest

from domain.currency import Currency
from domain.pair import Pair
from domain.quotes.errors import InvalidQuote
from domain.quotes.quote import Quote, hour_of
from domain.rates.book import RateType
from domain.rates.bridging import find_bridged_route
from domain.rates.conversion import Conversion
from domain.rates.routing import Routes
from tests.unit.domain.rates.markets import OBSERVED_AT, market
from tests.unit.domain.rates.publications import TUESDAY, publication

OUT_OF_BOUNDS = ("1E+1000000", "1E-1000000", "1e31", "1e-31", "9" * 41)
BTC_USD = Pair.parse("BTC/USD")


@pytest.mark.parametrize(("moment", "hour"), [(0, 0), (3599.999, 0), (3600, 3600), (1_714_304_596.0, 1_714_302_000)])
def test_an_hour_begins_on_the_hour(moment: float, hour: int) -> None:
    assert hour_of(moment) == hour


def test_a_rate_is_read_exactly_and_rounded_to_twelve_digits() -> None:
    assert Quote.parse(BTC_USD, "97000.12000000", "somebody", 1).rate == Decimal("97000.12")
    assert Quote.parse(BTC_USD, "0.000000123456789012345", "somebody", 1).rate == Decimal("1.23456789012E-7")


@pytest.mark.parametrize(
    "rate",
    ["", "NaN", "Infinity", "0", "-1", "1,5", " 1", "1_0", "٣", "1E+1000000", "1E-1000000", "1e31", "1e-31", "9" * 41],
)
def test_anything_but_a_sane_rate_is_rejected(rate: str) -> None:
    with pytest.raises(InvalidQuote):
        Quote.parse(BTC_USD, rate, "somebody", 1)


@pytest.mark.parametrize("rate", ["NaN", "sNaN", "Infinity", "-0"])
def test_no_quote_has_an_impossible_rate(rate: str) -> None:
    with pytest.raises(InvalidQuote):
        Quote(BTC_USD, Decimal(rate), "somebody", 1)


def test_a_quote_without_legs_comes_from_no_exchange() -> None:
    assert Quote.parse(BTC_USD, "1", "somebody", 1).exchange is None


@pytest.mark.parametrize(("sold", "bought"), [("BTC", "USD"), ("USD", "BTC")])
def test_a_quote_that_a_bank_completed_names_the_exchange_then_the_bank_and_the_day(sold: str, bought: str) -> None:
    routes = Routes(market([("BTCEUR", "BTC", "EUR")], [("BTCEUR", "27500", "27501")]))
    route = find_bridged_route(routes, publication(), Currency(sold), Currency(bought))
    assert route is not None
    quote = Quote.from_conversion(Conversion.along(route, Decimal(1), RateType.MID), "exchanges")
    assert quote.exchange == "binance+ecb"
    assert {leg.exchange: leg.published for leg in quote.legs} == {"binance": None, "ecb": TUESDAY}
    assert quote.observed_at == int(OBSERVED_AT)
