"""Which source says what a pair is worth."""

import pytest

from application.quotes.ask_sources import AskSources
from domain.pair import Pair
from domain.quotes.errors import NotQuoted, QuoteUnavailable
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.quote_source import FakeQuoteSource

BTC_USD = Pair.parse("BTC/USD")


class Sources:
    def __init__(self, first: str | None, second: str | None) -> None:
        clock = FakeClock()
        self.first = FakeQuoteSource("first", clock, {"BTC/USD": first} if first else {})
        self.second = FakeQuoteSource("second", clock, {"BTC/USD": second} if second else {})
        self.ask = AskSources([self.first, self.second])


async def test_the_first_that_knows_the_pair_decides() -> None:
    sources = Sources("1", "2")
    assert (await sources.ask(BTC_USD, is_hourly=True)).source == "first"
    assert (sources.first.asked, sources.second.asked) == ([("BTC/USD", True)], [])


async def test_the_next_is_asked_when_one_does_not_know_it_or_cannot_be_asked() -> None:
    sources = Sources(None, "2")
    assert (await sources.ask(BTC_USD, is_hourly=False)).source == "second"
    sources = Sources("1", "2")
    sources.first.is_down = True
    assert (await sources.ask(BTC_USD, is_hourly=False)).source == "second"


async def test_when_all_have_answered_and_none_knows_it_each_reason_is_given() -> None:
    with pytest.raises(NotQuoted) as caught:
        await Sources(None, None).ask(BTC_USD, is_hourly=True)
    assert caught.value.pair == "BTC/USD"
    assert list(caught.value.reasons) == ["first", "second"]


@pytest.mark.parametrize("down", ["first", "second"])
async def test_when_one_that_might_know_it_cannot_be_asked_the_quote_is_unavailable(down: str) -> None:
    sources = Sources(None, None)
    getattr(sources, down).is_down = True
    with pytest.raises(QuoteUnavailable) as caught:
        await sources.ask(BTC_USD, is_hourly=True)
    assert list(caught.value.failures) == [down]
    assert list(caught.value.reasons) == [{"first": "second", "second": "first"}[down]]
    assert down in str(caught.value)


async def test_without_any_source_nothing_is_quoted() -> None:
    with pytest.raises(NotQuoted):
        await AskSources([])(BTC_USD, is_hourly=True)
