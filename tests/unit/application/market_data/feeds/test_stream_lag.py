"""A stream that runs behind is found by what was fetched meanwhile; one that does not is never suspected."""

import pytest

from application.market_data.feeds.stream_lag import AFTER_SECONDS, BEFORE_SECONDS, FEWEST_MOVED, StreamLag, Verdict
from domain.rates.book_tickers import BookTickers
from tests.unit.fakes.clock import NOON

SYMBOLS = [f"COIN{number}USDT" for number in range(FEWEST_MOVED)]
STEPS_PER_SECOND = 4


def price(symbol: str, at: float) -> tuple[str, str]:
    """Rise by a thousandth a second, as of the last quarter of a second."""
    bid = (1 + SYMBOLS.index(symbol)) * (1 + int((at - NOON) * STEPS_PER_SECOND) / STEPS_PER_SECOND / 1000)
    return f"{bid:.6f}", f"{bid * 1.0001:.6f}"


def snapshot(at: float, symbols: list[str]) -> BookTickers:
    return BookTickers.of("binance", [(symbol, *price(symbol, at)) for symbol in symbols], at)


class Stream:
    """Shows each price `late_by` seconds after the exchange had it."""

    def __init__(self, late_by: float, symbols: list[str] = SYMBOLS) -> None:
        self.lag = StreamLag()
        self.late_by = late_by
        self._symbols = symbols
        self._now = NOON

    def fetch(self, age: float = 0.0) -> None:
        rows = [(symbol, *price(symbol, self._now - self.late_by)) for symbol in self._symbols]
        fetched = snapshot(self._now - age, self._symbols)
        self.lag.fetched(BookTickers(fetched.exchange, fetched.by_symbol, self._now), rows)

    def run(self, seconds: float) -> None:
        for _ in range(int(seconds * STEPS_PER_SECOND)):
            self._now += 1 / STEPS_PER_SECOND
            for symbol, shown in self.lag.shown.items():
                shown.append((self._now, *price(symbol, self._now - self.late_by)))

    def verdict(self) -> Verdict | None:
        """Watch, fetch, and let it have the time to show what was fetched."""
        self.fetch()
        self.run(BEFORE_SECONDS + 1)
        self.fetch()
        self.run(AFTER_SECONDS)
        return self.judge()

    def judge(self) -> Verdict | None:
        return self.lag.judge(self._now)


@pytest.mark.parametrize("late_by", [0.0, 0.5, AFTER_SECONDS - 0.5])
def test_a_stream_that_shows_prices_within_seconds_is_not_late(late_by: float) -> None:
    stream = Stream(late_by)
    assert stream.verdict() == (len(SYMBOLS), 0)
    assert not stream.lag.is_late


@pytest.mark.parametrize("late_by", [AFTER_SECONDS + 1, 60.0, 3600.0])
def test_a_stream_that_shows_none_of_the_fetched_prices_in_time_is_late(late_by: float) -> None:
    stream = Stream(late_by)
    assert stream.verdict() == (len(SYMBOLS), len(SYMBOLS))
    assert stream.lag.is_late


def test_it_is_late_until_a_comparison_finds_that_it_caught_up() -> None:
    stream = Stream(60)
    stream.verdict()
    stream.lag.forget()  # connections were lost
    assert stream.lag.is_late
    stream.late_by = 0
    assert stream.verdict() == (len(SYMBOLS), 0)
    assert not stream.lag.is_late


def test_an_exchange_may_answer_with_a_snapshot_of_some_seconds_ago() -> None:
    stream = Stream(0)
    stream.fetch()
    stream.run(2 * BEFORE_SECONDS)
    stream.fetch(age=BEFORE_SECONDS - 1)
    stream.run(AFTER_SECONDS)
    assert stream.judge() == (len(SYMBOLS), 0)


def test_too_few_symbols_that_moved_decide_nothing() -> None:
    assert Stream(60, SYMBOLS[1:]).verdict() is None


def test_nothing_is_decided_before_the_stream_had_time_to_show_it() -> None:
    stream = Stream(60)
    stream.fetch()
    stream.run(BEFORE_SECONDS + 1)
    stream.fetch()
    stream.run(AFTER_SECONDS - 1)
    assert stream.judge() is None
    stream.run(1)
    assert stream.judge() is not None


def test_fetches_in_quick_succession_do_not_put_the_decision_off() -> None:
    """While it is late, prices are fetched every few seconds, and one of them must find that it caught up."""
    stream = Stream(0)
    stream.lag.is_late = True
    for _ in range(10):
        stream.fetch()
        stream.run(2)
        stream.judge()
    assert not stream.lag.is_late
