"""A streamed price that jumps converts nothing until a fetch, or the other exchange, confirms it."""

import asyncio

import pytest

from domain.rates.errors import ConversionUnavailable, FailureReason
from tests.unit.application.rates.harness import ConversionHarness
from tests.unit.application.rates.test_convert_streamed import stream

BTC = {"BTC/USDT": ("100", "100")}
CRASHED = {"BTC/USDT": ("40", "40")}
FOREVER = 3600.0


async def made(
    confirm_after_seconds: float = FOREVER, kucoin: dict[str, tuple[str, str]] | None = None
) -> ConversionHarness:
    harness = ConversionHarness(BTC, kucoin, max_jump_percent=20, confirm_after_seconds=confirm_after_seconds)
    await harness.convert("BTC", "USDT")
    harness.clock.advance(1)
    return harness


async def test_a_jump_is_held_back_however_often_it_is_streamed() -> None:
    harness = await made()
    for _ in range(3):
        stream(harness, CRASHED)
        harness.clock.advance(0.2)
    with pytest.raises(ConversionUnavailable) as caught:
        await harness.convert("BTC", "USDT", cache_max_seconds=1)
    assert caught.value.failures["binance"].reason is FailureReason.HELD_BACK
    stream(harness, BTC)
    assert (await harness.convert("BTC", "USDT", cache_max_seconds=1)).rate == 100
    await harness.markets["binance"].close()


async def test_a_fetch_a_moment_later_confirms_it() -> None:
    harness = await made(confirm_after_seconds=0.01)
    harness.binance.trade(CRASHED)
    stream(harness, CRASHED)
    await asyncio.sleep(0.1)
    harness.clock.advance(0.2)
    stream(harness, CRASHED)
    assert (await harness.convert("BTC", "USDT", cache_max_seconds=1)).rate == 40
    await harness.markets["binance"].close()


async def test_a_fetch_that_finds_the_price_from_before_leaves_the_streamed_one_held_back() -> None:
    harness = await made(confirm_after_seconds=0.01)
    stream(harness, CRASHED)
    await asyncio.sleep(0.1)
    assert harness.binance.book_tickers_calls > 1
    harness.clock.advance(0.2)
    stream(harness, CRASHED, changed=[])
    with pytest.raises(ConversionUnavailable) as caught:
        await harness.convert("BTC", "USDT", cache_max_seconds=1)
    assert caught.value.failures["binance"].reason is FailureReason.HELD_BACK
    await harness.markets["binance"].close()


async def test_the_other_exchange_confirms_it_at_once() -> None:
    harness = await made(kucoin={"BTC/USDT": ("41", "41")})
    await harness.convert("BTC", "USDT", exchange="kucoin")
    stream(harness, CRASHED)
    assert (await harness.convert("BTC", "USDT", cache_max_seconds=1)).rate == 40
