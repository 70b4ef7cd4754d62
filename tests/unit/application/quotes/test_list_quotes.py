"""Recorded quotes, page by page or as a stream."""

import pytest

from application.quotes.list_quotes import ListQuotes
from application.quotes.ports.quote_repository import Position, QuoteFilter
from tests.unit.application.quotes.recorded import BTC_USD, HOUR, UNKNOWN, recorded


async def test_a_page_has_a_next_position_only_when_there_are_more() -> None:
    database = await recorded(*((BTC_USD, HOUR + number, "1") for number in range(5)))
    list_quotes = ListQuotes(database)
    first = await list_quotes(QuoteFilter(), None, 3)
    assert [each.id for each in first.quotes] == [5, 4, 3]
    assert first.next == Position(HOUR + 2, 3)
    second = await list_quotes(QuoteFilter(), first.next, 3)
    assert ([each.id for each in second.quotes], second.next) == ([2, 1], None)
    assert (await list_quotes(QuoteFilter(), None, 5)).next is None
    assert (await list_quotes(QuoteFilter(pair=UNKNOWN), None, 5)).quotes == []


@pytest.mark.parametrize("count", [0, 1, 1000, 2500])
async def test_all_quotes_are_streamed_or_those_before_a_position(count: int) -> None:
    list_quotes = ListQuotes(await recorded(*((BTC_USD, HOUR + number, "1") for number in range(count))))
    assert [each.id async for each in list_quotes.each(QuoteFilter(), None)] == list(range(count, 0, -1))
    assert [each.id async for each in list_quotes.each(QuoteFilter(), Position(HOUR + 1, 2))] == [1][:count]
