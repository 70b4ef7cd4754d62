"""Every fault of a network on every connection of the service, under load: honest answers in time, then as before."""

import time
from itertools import product

import pytest

from tests.resilience.house import House
from tests.resilience.length import FAULT_SECONDS
from tests.resilience.links import EXCHANGES, FIRST, REDIS, SECOND
from tests.resilience.proxy import Bandwidth, BlackHole, CutAfter, Fault, Latency, Reset, Truncate

# The first is one that nobody needs to notice.
FAULTS = (Latency(0.05), Latency(3.0), Bandwidth(1000), Reset(), BlackHole(), Truncate())

# In the middle of an exchange's answer; and of Redis' answer to a SET, which has five bytes.
CUTS = ((FIRST, CutAfter(1000)), (SECOND, CutAfter(1000)), (REDIS, CutAfter(3)))

# Enough of these to know what became of the load while the fault lasted.
LEAST_ANSWERS = 200


@pytest.mark.parametrize(("link", "fault"), [*product((*EXCHANGES, REDIS), FAULTS), *CUTS], ids=str)
async def test_it_answers_through_a_fault_and_recovers_after(house: House, link: str, fault: Fault) -> None:
    proxy = house.proxies[link]
    async with house.loaded() as load:
        failures = len(noticed(house, link))
        proxy.commit(fault)
        began = time.time()
        try:
            await load.lasts(FAULT_SECONDS)
        finally:
            proxy.stop()
        ended = time.time()
        await house.recovers(load, ended)
        answers = await load.end()
    assert len([each for each in answers if began <= each.sent_at < ended]) >= LEAST_ANSWERS
    await house.check(answers, failing=(link,) if link in EXCHANGES else ())
    assert (len(noticed(house, link)) > failures) is (fault is not FAULTS[0])


def noticed(house: House, link: str) -> list[dict[str, object]]:
    """Return the failures on this link that the service has told of in its log."""
    if link == REDIS:
        return house.process.events("cache_failed")
    return [event for event in house.process.events("exchange_failed") if event["exchange"] == link]
