"""A batch: every line is answered as it would be alone, at the prices that all of them share."""

import asyncio
from decimal import Decimal

import pytest

from application.rates.batch import ConversionLine, Outcome
from domain.currency import Currency
from domain.decimals import plain
from domain.rates.book import RateType
from domain.rates.conversion import Conversion
from domain.rates.errors import ConversionUnavailable, FailureReason, NoRoute, UnknownExchange
from tests.unit.application.market_data.waiting import answers, started
from tests.unit.application.rates.harness import ConversionHarness, count_of_lines_from_memory
from tests.unit.fakes.clock import NOON
from tests.unit.fakes.exchange import failure
from tests.unit.fakes.slices import ROWS_PER_SLICE, most_during_a_request, rows_take_a_tenth_of_a_slice

TIGHT = ("1", "1")
BTC_USDT = {"BTC/USDT": TIGHT}
BOTH = {"BTC/USDT": ("10", "10"), "ETH/USDT": ("2", "2")}


def line(
    currency_from: str = "BTC",
    currency_to: str = "USDT",
    amount: str = "1",
    *,
    exchange: str | None = None,
    rate_type: RateType = RateType.MID,
    seconds: int | None = None,
) -> ConversionLine:
    return ConversionLine(Decimal(amount), Currency(currency_from), Currency(currency_to), exchange, rate_type, seconds)


def results(outcomes: list[Outcome]) -> list[str]:
    return [plain(each.result) if isinstance(each, Conversion) else type(each).__name__ for each in outcomes]


def updated(outcomes: list[Outcome]) -> list[int]:
    return [each.updated_at for each in outcomes if isinstance(each, Conversion)]


async def test_each_line_has_its_own_answer_in_the_order_of_the_lines() -> None:
    harness = ConversionHarness(BOTH, {"KCS/USDT": ("5", "7")})
    outcomes = await harness.convert_many(
        line("ETH", amount="3"),
        line("NONE"),
        line("BTC", "ETH"),
        line(exchange="nyse"),
        line("KCS", exchange="KuCoin", rate_type=RateType.EXECUTABLE),
        line("ETH", exchange="kucoin"),
    )
    assert results(outcomes) == ["6", "NoRoute", "5", "UnknownExchange", "5", "NoRoute"]
    assert isinstance(outcomes[1], NoRoute)
    assert outcomes[1].reasons.keys() == {"binance", "kucoin"}
    assert isinstance(outcomes[3], UnknownExchange)


async def test_no_lines_have_no_answers_and_ask_nobody() -> None:
    harness = ConversionHarness(BTC_USDT)
    assert await harness.convert_many() == []
    assert harness.binance.calls == 0


async def test_all_lines_share_one_fetch_made_after_their_arrival() -> None:
    harness = ConversionHarness(BTC_USDT, BTC_USDT)
    await harness.convert("BTC", "USDT")
    harness.clock.advance(1)
    outcomes = await harness.convert_many(*[line(amount=str(number)) for number in range(1000)])
    assert results(outcomes) == [str(number) for number in range(1000)]
    assert set(updated(outcomes)) == {NOON + 1}
    assert harness.binance.book_tickers_calls == 2
    assert harness.kucoin.calls == 0


async def test_a_request_waits_for_one_slice_of_all_batches_whatever_a_line_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    harness = ConversionHarness(BTC_USDT)
    await harness.convert("BTC", "USDT")
    converted = count_of_lines_from_memory(monkeypatch)
    rows_take_a_tenth_of_a_slice(monkeypatch)
    lines = [line(seconds=60)] * 90
    batches: list[asyncio.Task[object]] = [asyncio.create_task(harness.convert_many(*lines)) for _ in range(5)]
    assert await most_during_a_request(batches, converted) <= 2 * ROWS_PER_SLICE
    assert converted() == 5 * len(lines)


async def test_warm_lines_ask_nobody() -> None:
    harness = ConversionHarness(BTC_USDT)
    await harness.convert("BTC", "USDT")
    before = harness.binance.calls
    assert results(await harness.convert_many(line(seconds=60), line("USDT", "BTC", seconds=60))) == ["1", "1"]
    assert harness.binance.calls == before


async def test_the_strictest_line_decides_how_old_the_prices_of_all_may_be() -> None:
    harness = ConversionHarness(BOTH)
    await harness.convert("BTC", "USDT")
    harness.clock.advance(30)
    outcomes = await harness.convert_many(line(seconds=60), line("ETH", seconds=10), line(seconds=3600))
    assert updated(outcomes) == [NOON + 30] * 3
    assert harness.binance.book_tickers_calls == 2


async def test_a_strict_line_for_one_exchange_leaves_the_prices_of_another_alone() -> None:
    harness = ConversionHarness(BTC_USDT, BTC_USDT)
    await harness.convert("BTC", "USDT")
    harness.clock.advance(30)
    outcomes = await harness.convert_many(line(seconds=60, exchange="binance"), line(exchange="kucoin"))
    assert updated(outcomes) == [NOON, NOON + 30]
    assert harness.binance.book_tickers_calls == 1


async def test_lines_see_one_snapshot_though_the_market_is_refreshed_between_them() -> None:
    harness = ConversionHarness(BTC_USDT, {"KCS/USDT": TIGHT})
    await harness.convert("BTC", "USDT")
    harness.kucoin.hold()
    under_way = await started(harness.convert_many(line(seconds=60), line("KCS", seconds=60), line(seconds=60)))
    harness.binance.trade({"BTC/USDT": ("2", "2")})
    harness.clock.advance(5)
    assert (await harness.convert("BTC", "USDT", exchange="binance")).result == 2
    harness.kucoin.release()
    (outcomes,) = await answers(under_way)
    assert results(outcomes) == ["1", "1", "1"]
    assert updated(outcomes)[::2] == [NOON, NOON]


async def test_when_the_first_exchange_fails_all_lines_are_answered_by_the_second_at_one_snapshot() -> None:
    harness = ConversionHarness(BOTH, BOTH)
    harness.binance.standing_failure = failure("binance")
    outcomes = await harness.convert_many(*[line("BTC" if number % 2 else "ETH") for number in range(1000)])
    assert {each.route.exchange for each in outcomes if isinstance(each, Conversion)} == {"kucoin"}
    assert updated(outcomes) == [NOON] * 1000
    assert (harness.binance.calls, harness.kucoin.calls) == (2, 2)


async def test_an_exchange_that_loses_its_prices_is_asked_for_them_twice_at_most() -> None:
    harness = ConversionHarness(BOTH)
    harness.binance.book_tickers = []
    outcomes = await harness.convert_many(*[line(exchange="binance")] * 1000)
    assert {type(each) for each in outcomes} == {ConversionUnavailable}
    assert (harness.binance.instruments_calls, harness.binance.book_tickers_calls) == (1, 2)


async def test_a_failure_that_passes_costs_one_more_attempt_and_no_line() -> None:
    harness = ConversionHarness(BOTH)
    harness.binance.fail_next(failure("binance"))
    assert results(await harness.convert_many(line(), line("ETH"))) == ["10", "2"]
    assert harness.binance.calls == 3


async def test_when_new_prices_cannot_be_fetched_the_lines_that_accept_those_in_memory_get_them() -> None:
    harness = ConversionHarness(BOTH)
    await harness.convert("BTC", "USDT")
    harness.clock.advance(30)
    harness.binance.standing_failure = failure("binance", FailureReason.TIMEOUT, is_transient=False)
    lines = [line(seconds=60), line(), line("ETH", seconds=60), line(seconds=10)]
    for ordered in (lines, lines[::-1]):
        found = dict(zip(ordered, results(await harness.convert_many(*ordered)), strict=True))
        expected = ["10", "ConversionUnavailable", "2", "ConversionUnavailable"]
        assert [found[each] for each in lines] == expected


async def test_lines_that_need_a_newer_list_of_pairs_share_its_fetch() -> None:
    harness = ConversionHarness(BTC_USDT, BTC_USDT)
    await harness.convert("BTC", "USDT")
    harness.clock.advance(61)
    harness.binance.trade({"BTC/USDT": TIGHT, "NEW/USDT": TIGHT})
    outcomes = await harness.convert_many(line("NEW"), line("NONE"), line("NEW"))
    assert results(outcomes) == ["1", "NoRoute", "1"]
    assert harness.binance.instruments_calls == 2


async def test_prices_that_their_source_calls_old_satisfy_only_lines_that_accept_them() -> None:
    harness = ConversionHarness(BTC_USDT)
    harness.binance.lag_seconds = 30
    strict, lenient = await harness.convert_many(line(seconds=10), line(seconds=40))
    assert isinstance(strict, ConversionUnavailable)
    assert strict.failures["binance"].reason is FailureReason.STALE
    assert isinstance(lenient, Conversion)


async def test_every_line_is_counted_as_a_conversion() -> None:
    harness = ConversionHarness(BTC_USDT)
    await harness.convert_many(line(), line(seconds=9), line("NONE"))
    assert harness.meter.conversions == {("binance", RateType.MID, 1): 2}


@pytest.mark.parametrize("currency", ["BTC", "NONE"])
async def test_other_work_goes_on_during_a_long_batch(currency: str) -> None:
    harness = ConversionHarness(BTC_USDT, BTC_USDT)
    await harness.convert("BTC", "USDT")
    await harness.convert("BTC", "USDT", exchange="kucoin")
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    counting = asyncio.create_task(count())
    await harness.convert_many(*[line(currency, seconds=60)] * 1000)
    counting.cancel()
    assert turns >= 10
