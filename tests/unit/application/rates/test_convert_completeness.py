"""A part of a market is never taken for the whole, unless it stays all there is."""

import pytest

from domain.rates.errors import ConversionUnavailable, FailureReason
from tests.unit.application.rates.harness import ConversionHarness

TIGHT = ("1", "1")
WHOLE = {f"C{number}/USDT": TIGHT for number in range(20)}
LISTED = [(symbol, symbol.split("/")[0], "USDT") for symbol in WHOLE]
QUOTED = [(symbol, "1", "1") for symbol in WHOLE]

# Calls further apart than this do not open the breaker.
APART_SECONDS = 11

MISSING = "15 of 20 pairs are missing"


async def known() -> ConversionHarness:
    """Two exchanges with the same pairs, both in memory; KuCoin has one more."""
    harness = ConversionHarness(WHOLE, WHOLE | {"KCS/USDT": TIGHT}, max_loss_percent=20)
    for market in harness.markets.values():
        await market.refresh(1)
    harness.clock.advance(APART_SECONDS)
    return harness


async def failure_of(harness: ConversionHarness) -> str:
    with pytest.raises(ConversionUnavailable) as caught:
        await harness.convert("C19", "USDT", exchange="binance")
    failure = caught.value.failures["binance"]
    assert failure.reason is FailureReason.INCOMPLETE
    return failure.detail


async def test_the_old_list_of_pairs_serves_while_the_new_one_is_a_part() -> None:
    harness = await known()
    harness.binance.listed = LISTED[:5]
    harness.clock.advance(100)
    assert (await harness.convert("C19", "USDT")).route.exchange == "binance"


async def test_a_part_of_the_pairs_is_a_failure_that_is_counted_and_no_404() -> None:
    harness = await known()
    harness.binance.listed = LISTED[:5]
    harness.clock.advance(601)
    assert await failure_of(harness) == MISSING
    assert harness.markets["binance"].status().last_failure is not None
    assert (await harness.convert("C19", "USDT")).route.exchange == "kucoin"


async def test_a_part_of_the_books_is_a_failure_and_the_next_exchange_answers() -> None:
    harness = await known()
    harness.binance.book_tickers = QUOTED[:5]
    assert (await harness.convert("C19", "USDT")).route.exchange == "kucoin"
    harness.clock.advance(APART_SECONDS)
    assert await failure_of(harness) == "15 of 20 books are missing"
    old = await harness.convert("C19", "USDT", cache_max_seconds=60)
    assert old.route.exchange == "binance"


async def test_as_many_rows_of_other_symbols_are_a_part_too() -> None:
    harness = await known()
    harness.binance.book_tickers = [(f"OTHER{number}", "1", "1") for number in range(20)]
    assert await failure_of(harness) == "20 of 20 books are missing"


async def test_a_loss_within_the_limit_is_none() -> None:
    harness = await known()
    harness.binance.book_tickers = QUOTED[4:]
    assert (await harness.convert("C19", "USDT")).route.exchange == "binance"


async def test_a_loss_that_lasts_for_a_minute_is_accepted() -> None:
    harness = await known()
    harness.binance.book_tickers = QUOTED[15:]
    for _ in range(6):
        await failure_of(harness)
        harness.clock.advance(APART_SECONDS)
    assert (await harness.convert("C19", "USDT", exchange="binance")).route.exchange == "binance"


async def test_losses_of_changing_parts_are_never_accepted() -> None:
    harness = await known()
    for start in (0, 5, 10, 15) * 5:
        harness.binance.book_tickers = QUOTED[start : start + 5]
        await failure_of(harness)
        harness.clock.advance(APART_SECONDS)


async def test_a_whole_answer_in_between_makes_the_minute_begin_anew() -> None:
    harness = await known()
    for rows in (QUOTED[15:], QUOTED, QUOTED[15:]):
        harness.binance.book_tickers = rows
        if rows is QUOTED:
            await harness.convert("C19", "USDT", exchange="binance")
        else:
            await failure_of(harness)
        harness.clock.advance(40)


async def test_a_limit_of_0_is_none() -> None:
    harness = ConversionHarness(WHOLE)
    await harness.convert("C19", "USDT")
    harness.binance.book_tickers = QUOTED[19:]
    assert (await harness.convert("C19", "USDT")).route.exchange == "binance"
