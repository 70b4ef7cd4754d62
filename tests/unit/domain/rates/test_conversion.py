"""What a conversion says of itself."""

from decimal import Decimal

import pytest

from domain.currency import Currency
from domain.decimals import plain
from domain.rates.book import RateType
from domain.rates.conversion import Conversion
from domain.rates.routing import find_route
from tests.unit.domain.rates.markets import OBSERVED_AT, market

MARKET = market([("TRXUSDT", "TRX", "USDT")], [("TRXUSDT", "0.1218", "0.1219")])


def converted(amount: str, start: str = "USDT", end: str = "TRX") -> Conversion:
    route = find_route(MARKET, Currency(start), Currency(end))
    assert route is not None
    return Conversion.along(route, Decimal(amount), RateType.MID)


def test_the_result_is_the_amount_times_the_rate_that_is_printed() -> None:
    conversion = converted("100")
    assert (plain(conversion.rate), plain(conversion.result)) == ("8.20681165367", "820.681165367")
    assert (conversion.amount, conversion.rate_type) == (Decimal(100), RateType.MID)


def test_a_result_keeps_every_digit_of_a_long_amount() -> None:
    amount = "1234567890123456789012345678901234567.89"
    assert plain(converted(amount, "TRX", "TRX").result) == amount
    assert len(plain(converted(amount).result)) > 45


@pytest.mark.parametrize("amount", ["0", "0.000"])
def test_nothing_is_worth_nothing(amount: str) -> None:
    assert plain(converted(amount).result) == "0"


def test_updated_at_is_the_whole_second_in_which_the_oldest_leg_was_observed() -> None:
    assert converted("1").updated_at == int(OBSERVED_AT)
    assert converted("1", "TRX", "TRX").updated_at == int(OBSERVED_AT)
