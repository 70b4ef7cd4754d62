"""Every fault of a network on every connection of the service, under load: honest answers in time, then as before."""

import time
from itertools import product

import pytest

from tests.integration.service.redis_seen import is_told
from tests.integration.service.served import eventually
from tests.resilience.harness import Harness
from tests.resilience.length import FAULT_SECONDS, IS_WHOLE
from tests.resilience.links import EXCHANGES, FIRST, REDIS, SECOND
from tests.resilience.proxy import Bandwidth, BlackHole, CutAfter, Fault, Latency, Reset, Truncate

# One that nobody needs to notice, and those that cannot be overlooked.
SLIGHT = Latency(0.05)
FAULTS = (Latency(3.0), Bandwidth(1000), Reset(), BlackHole(), Truncate())

# In the middle of an exchange's answer; and of Redis' answer to a SET, which has five bytes.
CUTS = ((FIRST, CutAfter(1000)), (SECOND, CutAfter(1000)), (REDIS, CutAfter(3)))

# The second exchange is no other than the first; where time is short, it gets but these.
IN_SHORT = (Reset(), BlackHole())

CASES = [
    *product((FIRST, REDIS), (SLIGHT, *FAULTS)),
    *product((SECOND,), (SLIGHT, *FAULTS) if IS_WHOLE else IN_SHORT),
    *CUTS,
]

# Enough of these to know what became of the load while the fault lasted.
LEAST_ANSWERS = 200


@pytest.mark.parametrize(("link", "fault"), CASES, ids=str)
async def test_it_answers_through_a_fault_and_recovers_after(harness: Harness, link: str, fault: Fault) -> None:
    proxy = harness.proxies[link]
    async with harness.loaded() as load:
        # Else what is told of already, a dead connection of the fault before this one say, is not told of again.
        await eventually(is_told(harness.process.service, "up"))
        failures = len(noticed(harness, link))
        proxy.commit(fault)
        began = time.time()
        try:
            await load.lasts(FAULT_SECONDS)
        finally:
            proxy.stop()
        ended = time.time()
        await harness.recovers(load, ended)
        await eventually(is_told(harness.process.service, "up"))
        answers = await load.end()
    assert len([each for each in answers if began <= each.sent_at < ended]) >= LEAST_ANSWERS
    await harness.check(answers, failing=(link,) if link in EXCHANGES else ())
    if fault is not SLIGHT:
        assert len(noticed(harness, link)) > failures


def noticed(harness: Harness, link: str) -> list[dict[str, object]]:
    """Return the failures on this link that the service has told of in its log."""
    if link == REDIS:
        return harness.process.events("cache_failed")
    return [event for event in harness.process.events("exchange_failed") if event["exchange"] == link]
