"""Every network fault on every connection of the service, under load: honest answers in time, then recovery."""

import time
from itertools import product

import pytest

from tests.integration.redis_state import redis_is
from tests.resilience.harness import Harness
from tests.resilience.length import FAULT_SECONDS, IS_WHOLE
from tests.resilience.links import EXCHANGES, FIRST, REDIS, SECOND
from tests.resilience.proxy import Bandwidth, BlackHole, CutAfter, Fault, Latency, Reset, Truncate
from tests.waiting import eventually

# A fault that the service need not notice, and those that it must.
SLIGHT = Latency(0.05)
FAULTS = (Latency(3.0), Bandwidth(1000), Reset(), BlackHole(), Truncate())

# In the middle of an exchange's answer, and of Redis' answer to a SET, which has five bytes.
CUTS = ((FIRST, CutAfter(1000)), (SECOND, CutAfter(1000)), (REDIS, CutAfter(3)))

# The second exchange works like the first; a short run gives it only these.
IN_SHORT = (Reset(), BlackHole())

CASES = [
    *product((FIRST, REDIS), (SLIGHT, *FAULTS)),
    *product((SECOND,), (SLIGHT, *FAULTS) if IS_WHOLE else IN_SHORT),
    *CUTS,
]

# Enough answers during the fault to judge it.
LEAST_ANSWERS = 200


@pytest.mark.parametrize(("link", "fault"), CASES, ids=str)
async def test_it_answers_during_a_fault_and_recovers_after(harness: Harness, link: str, fault: Fault) -> None:
    proxy = harness.proxies[link]
    async with harness.loaded() as load:
        # Otherwise a failure from an earlier fault, already logged, would not be logged again.
        await eventually(redis_is(harness.process.service, "up"))
        failures = len(noticed(harness, link))
        proxy.commit(fault)
        began = time.time()
        try:
            await load.lasts(FAULT_SECONDS)
        finally:
            proxy.stop()
        ended = time.time()
        await harness.recovers(load, ended)
        await eventually(redis_is(harness.process.service, "up"))
        answers = await load.end()
    assert len([each for each in answers if began <= each.sent_at < ended]) >= LEAST_ANSWERS
    await harness.check(answers, failing=(link,) if link in EXCHANGES else ())
    if fault is not SLIGHT:
        assert len(noticed(harness, link)) > failures


def noticed(harness: Harness, link: str) -> list[dict[str, object]]:
    """Return the failures on this connection that the service has logged."""
    if link == REDIS:
        return harness.process.events("cache_failed")
    return [event for event in harness.process.events("exchange_failed") if event["exchange"] == link]
