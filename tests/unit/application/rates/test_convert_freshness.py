"""How old an answer may be, and how few calls that takes."""

from domain.decimals import plain
from tests.unit.application.market_data.waiting import answers, started
from tests.unit.application.rates.harness import ConversionHarness
from tests.unit.fakes.clock import NOON, TickingClock

TIGHT = ("1", "1")
BTC_USDT = {"BTC/USDT": TIGHT}


async def test_a_thousand_concurrent_cold_conversions_make_one_call_for_each_payload() -> None:
    harness = ConversionHarness(BTC_USDT, clock=TickingClock())
    found = await answers(await started(*(harness.convert("BTC", "USDT") for _ in range(1000))))
    assert len(found) == 1000
    assert (harness.binance.instruments_calls, harness.binance.book_tickers_calls) == (1, 1)


async def test_without_a_bound_every_conversion_gets_prices_fetched_after_it_arrived() -> None:
    harness = ConversionHarness(BTC_USDT)
    for second in range(3):
        assert (await harness.convert("BTC", "USDT")).updated_at == NOON + second
        harness.clock.advance(1)
    assert harness.binance.book_tickers_calls == 3
    assert harness.binance.instruments_calls == 1


async def test_conversions_that_arrive_during_a_fetch_share_the_next_and_get_nothing_older() -> None:
    harness = ConversionHarness(BTC_USDT)
    await harness.convert("BTC", "USDT", cache_max_seconds=10)
    harness.clock.advance(100)
    harness.binance.hold()
    first = await started(harness.convert("BTC", "USDT"))
    assert harness.binance.book_tickers_calls == 2
    harness.clock.advance(1)
    late = await started(*(harness.convert("BTC", "USDT") for _ in range(100)))
    harness.binance.release()
    assert all(conversion.updated_at >= NOON + 100 for conversion in await answers(first))
    assert {conversion.updated_at for conversion in await answers(late)} == {NOON + 101}
    assert harness.binance.book_tickers_calls == 3


async def test_conversions_that_share_an_arrival_share_the_fetch_after_it() -> None:
    harness = ConversionHarness(BTC_USDT)
    arrival = harness.use_case.arrival()
    for _ in range(3):
        conversion = await harness.convert("BTC", "USDT", arrival=arrival)
        assert conversion.updated_at == NOON
        harness.clock.advance(1)
    assert harness.binance.book_tickers_calls == 1


async def test_an_age_bound_counts_from_the_arrival() -> None:
    harness = ConversionHarness(BTC_USDT)
    await harness.convert("BTC", "USDT")
    harness.clock.advance(10)
    arrival = harness.use_case.arrival()
    harness.clock.advance(5)
    assert (await harness.convert("BTC", "USDT", cache_max_seconds=10, arrival=arrival)).updated_at == NOON
    assert (await harness.convert("BTC", "USDT", cache_max_seconds=10)).updated_at == NOON + 15


async def test_a_bound_is_kept_to_the_second() -> None:
    harness = ConversionHarness(BTC_USDT)
    await harness.convert("BTC", "USDT")
    harness.clock.advance(1000)
    assert (await harness.convert("BTC", "USDT", cache_max_seconds=1000)).updated_at == NOON
    assert (await harness.convert("BTC", "USDT", cache_max_seconds=999)).updated_at == NOON + 1000


async def test_a_bound_of_zero_means_a_new_fetch() -> None:
    harness = ConversionHarness(BTC_USDT)
    await harness.convert("BTC", "USDT", cache_max_seconds=0)
    harness.clock.advance(0.001)
    await harness.convert("BTC", "USDT", cache_max_seconds=0)
    assert harness.binance.book_tickers_calls == 2


async def test_one_snapshot_serves_every_pair_and_amount_and_both_directions() -> None:
    harness = ConversionHarness({"BTC/USDT": ("4", "4"), "TRX/USDT": ("2", "2")})
    results = [
        plain((await harness.convert(start, end, amount, cache_max_seconds=60)).result)
        for start, end, amount in [
            ("BTC", "USDT", "1"),
            ("USDT", "BTC", "1"),
            ("USDT", "BTC", "8"),
            ("TRX", "BTC", "1"),
        ]
    ]
    assert results == ["4", "0.25", "2", "0.5"]
    assert harness.binance.calls == 2


async def test_what_another_process_has_put_in_the_cache_is_enough() -> None:
    first = ConversionHarness(BTC_USDT)
    await first.convert("BTC", "USDT")
    await started()
    second = ConversionHarness(beside=first)
    first.clock.advance(30)
    assert (await second.convert("BTC", "USDT", cache_max_seconds=30)).updated_at == NOON
    assert second.binance.calls == 0


async def test_a_cache_that_is_down_does_not_stop_a_conversion() -> None:
    harness = ConversionHarness(BTC_USDT)
    harness.cache.is_down = harness.fetch_lock.is_down = True
    assert (await harness.convert("BTC", "USDT", cache_max_seconds=60)).updated_at == NOON
    assert harness.binance.calls == 2


async def test_a_cache_that_hangs_does_not_stop_a_conversion() -> None:
    harness = ConversionHarness(BTC_USDT)
    harness.cache.is_hanging = True
    assert (await harness.convert("BTC", "USDT", cache_max_seconds=60)).updated_at == NOON
    for market in harness.markets.values():
        await market.close()


async def test_not_listed_is_answered_from_instruments_of_60_s_without_a_fetch() -> None:
    harness = ConversionHarness(BTC_USDT, BTC_USDT)
    await harness.no_route("NEW", "USDT")
    harness.clock.advance(60)
    await harness.no_route("NEW", "USDT")
    assert (harness.binance.instruments_calls, harness.kucoin.instruments_calls) == (1, 1)


async def test_not_listed_is_never_answered_from_older_instruments_without_a_fetch() -> None:
    harness = ConversionHarness(BTC_USDT, BTC_USDT)
    await harness.no_route("NEW", "USDT")
    harness.clock.advance(60.1)
    harness.kucoin.trade({"BTC/USDT": TIGHT, "NEW/USDT": TIGHT})
    assert (await harness.convert("NEW", "USDT")).route.exchange == "kucoin"
    assert (harness.binance.instruments_calls, harness.kucoin.instruments_calls) == (2, 2)


async def test_a_new_pair_of_two_listed_currencies_is_found_too() -> None:
    harness = ConversionHarness({"A/B": TIGHT, "C/D": TIGHT}, max_legs=1)
    await harness.no_route("A", "C", "binance")
    harness.clock.advance(61)
    harness.binance.trade({"A/B": TIGHT, "C/D": TIGHT, "A/C": TIGHT})
    assert (await harness.convert("A", "C")).route.legs[0].symbol == "A/C"


async def test_older_instruments_are_enough_for_what_they_list() -> None:
    harness = ConversionHarness(BTC_USDT)
    await harness.convert("BTC", "USDT")
    harness.clock.advance(500)
    await harness.convert("BTC", "USDT")
    assert harness.binance.instruments_calls == 1


async def test_older_instruments_are_enough_for_a_detour_too() -> None:
    harness = ConversionHarness({"TRX/USDT": TIGHT, "ADA/USDT": TIGHT})
    await harness.convert("TRX", "ADA", exchange="binance")
    harness.clock.advance(500)
    assert len((await harness.convert("TRX", "ADA", exchange="binance")).route.legs) == 2
    assert harness.binance.instruments_calls == 1


async def test_what_a_coin_is_by_the_thousand_has_no_age_and_costs_no_call() -> None:
    harness = ConversionHarness({"1000SATS/USDT": TIGHT})
    for seconds in (0, 17):
        harness.clock.advance(seconds)
        constant = await harness.convert("SATS", "1000SATS", cache_max_seconds=1)
        assert (plain(constant.rate), constant.updated_at) == ("0.001", NOON + seconds)
        assert {leg.observed_at for leg in constant.route.legs} == {NOON + seconds}
    calls = harness.binance.book_tickers_calls
    harness.clock.advance(17)
    assert (await harness.convert("1000SATS", "SATS", cache_max_seconds=1)).updated_at == NOON + 34
    assert harness.binance.book_tickers_calls == calls
