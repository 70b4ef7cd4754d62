"""Conversions as they are answered."""

from decimal import Decimal

import orjson
import pytest

from domain.currency import Currency
from domain.rates.book import RateType
from domain.rates.book_tickers import BookTickers
from domain.rates.conversion import Conversion
from domain.rates.instruments import Instruments
from domain.rates.market_snapshot import MarketSnapshot
from domain.rates.routing import find_route
from entrypoints.http.rates.schemas import conversion_body

RENAMED = MarketSnapshot(
    Instruments.of("kucoin", [("RNDR-USDT", "RNDR", "USDT")], 1.0, aliases=[("RENDER", "RNDR")]),
    BookTickers.of("kucoin", [("RNDR-USDT", "2", "2")], 1.0),
)


def answered(start: str, end: str, *, include_route: bool) -> dict[str, object]:
    route = find_route(RENAMED, Currency(start), Currency(end))
    assert route is not None
    body = conversion_body(Conversion.along(route, Decimal(1), RateType.MID), include_route=include_route)
    answer: dict[str, object] = orjson.loads(body)
    return answer


@pytest.mark.parametrize(("start", "end"), [("RENDER", "USDT"), ("USDT", "RENDER")])
def test_a_second_name_shows_the_market_that_answered_without_being_asked(start: str, end: str) -> None:
    answer = answered(start, end, include_route=False)
    assert answer == answered(start, end, include_route=True)
    assert isinstance(answer["route"], list)
    [leg] = answer["route"]
    assert leg["symbol"] == "RNDR-USDT"
    assert (answer["currency_from"], answer["currency_to"]) == (start, end)


def test_the_code_itself_shows_no_route_unless_asked() -> None:
    assert "route" not in answered("RNDR", "USDT", include_route=False)
    assert "route" in answered("RNDR", "USDT", include_route=True)
