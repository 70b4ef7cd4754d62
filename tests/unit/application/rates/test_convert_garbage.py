"""Refusals leave nothing to the garbage collector: its work holds up all requests, and refusals are cheap to get."""

import gc
from collections.abc import Awaitable, Callable
from contextlib import suppress
from decimal import Decimal
from types import FrameType, TracebackType

import pytest

from application.rates.batch import ConversionLine
from domain.currency import Currency
from domain.errors import CrossrateError
from domain.rates.book import FurtherRateType, RateType
from tests.unit.application.rates.harness import ConversionHarness
from tests.unit.application.rates.test_convert_further import Further
from tests.unit.fakes.exchange import failure

PRICES = ("100", "101")


async def left_behind(refused: Callable[[], Awaitable[object]]) -> list[object]:
    """Return the errors, and what they refer to, that some refusals leave to the garbage collector."""
    for _ in range(10):  # until breakers are open
        with suppress(CrossrateError):
            await refused()
    gc.freeze()  # what there was before is not looked at
    gc.disable()
    try:
        for _ in range(5):
            with suppress(CrossrateError):
                await refused()
        return [each for each in _collected() if isinstance(each, BaseException | TracebackType | FrameType)]
    finally:
        gc.enable()


def _collected() -> list[object]:
    """Return what the collector would free: it referred to itself."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        gc.collect()
        return list(gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()


def unreachable(harness: ConversionHarness) -> ConversionHarness:
    for each in (harness.binance, harness.kucoin):
        each.standing_failure = failure(each.name, is_transient=False)
    return harness


async def test_no_route_leaves_nothing_behind() -> None:
    harness = ConversionHarness({"A/B": PRICES}, {"A/B": PRICES})
    await harness.convert("A", "B")
    assert not await left_behind(lambda: harness.convert("A", "NOPE", cache_max_seconds=1000))


@pytest.mark.parametrize("cache_max_seconds", [None, 1])
@pytest.mark.parametrize("is_warm", [True, False])
async def test_exchanges_that_cannot_be_asked_leave_nothing_behind(
    cache_max_seconds: int | None, is_warm: bool
) -> None:
    harness = ConversionHarness({"A/B": PRICES}, {"A/B": PRICES})
    if is_warm:
        await harness.convert("A", "B")
        harness.clock.advance(50)
    unreachable(harness)
    line = ConversionLine(Decimal(1), Currency("A"), Currency("B"), cache_max_seconds=cache_max_seconds)
    assert not await left_behind(lambda: harness.convert("A", "B", cache_max_seconds=cache_max_seconds))
    assert not await left_behind(lambda: harness.convert_many(line, line))


@pytest.mark.parametrize("rate_type", [RateType.MID, FurtherRateType.DEPTH, FurtherRateType.MEDIAN])
@pytest.mark.parametrize("exchange", [None, "best", "kucoin"])
async def test_no_other_rate_type_leaves_anything_behind(
    rate_type: RateType | FurtherRateType, exchange: str | None
) -> None:
    further = Further(PRICES, PRICES)
    unreachable(further.harness)
    assert not await left_behind(lambda: further(rate_type, exchange))
