import asyncio

import pytest

from application.market_data.exchange_calls import ExchangeCalls
from application.market_data.fetch_spacing import FetchSpacing
from application.market_data.freshness import Generations
from application.market_data.market_depth import MarketDepth
from application.market_data.ports.exchange import Quota, Usage
from application.market_data.ports.fetch_lock import Payload
from domain.rates.errors import ExchangeUnavailable, FailureReason
from domain.rates.order_book import OrderBook
from tests.unit.fakes.clock import NOON, FakeClock
from tests.unit.fakes.exchange import FakeExchange, failure
from tests.unit.fakes.meter import FakeMeter


class Depth:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.exchange = FakeExchange("here", self.clock)
        self.exchange.books = {name: ([("1", "1")], [("2", "1")]) for name in ("BTC/USDT", "ETH/USDT")}
        self.generations = Generations(self.clock)
        meter = FakeMeter()
        self.depth = MarketDepth(
            books=self.exchange,
            calls=ExchangeCalls("here", self.clock, meter),
            spacing=FetchSpacing(self.exchange, self.clock, meter),
            generations=self.generations,
            clock=self.clock,
            max_lag_seconds=60,
        )

    async def get(self, seconds: int | None, symbol: str = "BTC/USDT") -> OrderBook:
        arrival = self.generations.arrival()
        return await self.depth.get(symbol, arrival.at - seconds if seconds else None, arrival)


async def test_many_callers_share_one_fetch_and_the_book_serves_whoever_accepts_its_age() -> None:
    depth = Depth()
    books = await asyncio.gather(*(depth.get(10) for _ in range(50)))
    assert len(set(map(id, books))) == depth.exchange.order_book_calls == 1
    depth.clock.advance(9)
    assert (await depth.get(10)).observed_at == NOON
    assert depth.exchange.order_book_calls == 1
    depth.clock.advance(2)
    assert (await depth.get(10)).observed_at == NOON + 11


async def test_without_a_bound_the_book_is_fetched_after_the_arrival_even_if_a_fetch_is_under_way() -> None:
    depth = Depth()
    depth.exchange.hold()
    first = asyncio.create_task(depth.get(None))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    second = asyncio.create_task(depth.get(None))
    await asyncio.sleep(0)
    depth.exchange.release()
    assert await first is not await second
    assert depth.exchange.order_book_calls == 2


async def test_two_symbols_are_two_fetches() -> None:
    depth = Depth()
    assert {(await depth.get(10, symbol)).symbol for symbol in ("BTC/USDT", "ETH/USDT")} == {"BTC/USDT", "ETH/USDT"}
    assert depth.exchange.order_book_calls == 2


async def test_each_caller_gets_the_failure_of_the_one_attempt_to_itself() -> None:
    depth = Depth()
    depth.exchange.fail_next(failure("here"))
    errors = await asyncio.gather(*(depth.get(10) for _ in range(2)), return_exceptions=True)
    assert [str(each) for each in errors] == [str(failure("here"))] * 2
    assert errors[0] is not errors[1]
    assert depth.exchange.order_book_calls == 1
    assert (await depth.get(10)).symbol == "BTC/USDT"


async def test_a_book_that_is_too_old_by_its_own_word_is_a_failure() -> None:
    depth = Depth()
    depth.exchange.lag_seconds = 30
    with pytest.raises(ExchangeUnavailable) as caught:
        await depth.get(10)
    assert caught.value.reason is FailureReason.STALE


async def test_order_books_keep_to_what_requests_may_use_of_the_rate_limit() -> None:
    depth = Depth()
    depth.exchange.told_quota = Quota(100, 60.0, dict.fromkeys(Payload, 1))
    for _ in range(3):  # a quarter of 60 at once
        await depth.get(None)
    with pytest.raises(ExchangeUnavailable) as caught:
        await depth.get(None)
    assert caught.value.reason is FailureReason.THROTTLED
    depth.clock.advance(60)
    await depth.get(None)
    depth.exchange.reported_usage = Usage(60, 100, depth.clock.now() + 20)
    depth.clock.advance(10)
    with pytest.raises(ExchangeUnavailable) as caught:
        await depth.get(None)
    assert caught.value.retry_after_seconds == 10


@pytest.mark.parametrize("reason", [FailureReason.BAD_BODY, FailureReason.REFUSED, FailureReason.STALE])
async def test_books_that_are_wrong_in_themselves_do_not_stop_the_calls_for_others(reason: FailureReason) -> None:
    depth = Depth()
    for _ in range(20):
        depth.exchange.fail_next(failure("here", reason, is_transient=False))
        with pytest.raises(ExchangeUnavailable):
            await depth.get(None)
    assert (await depth.get(None, "ETH/USDT")).symbol == "ETH/USDT"


async def test_an_exchange_that_does_not_answer_is_not_called_for_books_either() -> None:
    depth = Depth()
    for _ in range(20):
        depth.exchange.fail_next(failure("here", FailureReason.NETWORK, is_transient=False))
        with pytest.raises(ExchangeUnavailable):
            await depth.get(None)
    assert depth.exchange.order_book_calls < 20
