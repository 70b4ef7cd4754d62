"""The lane and aiohttp answer all connections alike. `make test.lane` generates a million of them."""

import os
import re
from collections.abc import AsyncIterator, Sequence

import pytest

from tests.integration.server.lane.generated import BODY, PROBE, Connections, Do, Step, request
from tests.integration.server.lane.smuggled import SHAPES
from tests.integration.server.lane.transport import HIGH_WATER
from tests.integration.server.lane.two_ways import Way, running_both
from tests.servers.simulated_exchanges import SimulatedExchanges

CONNECTIONS = int(os.environ.get("CROSSRATE_TEST_LANE") or 500)
FIRST = int(os.environ.get("CROSSRATE_TEST_LANE_FIRST") or 0)  # so that several runs, each on a core, share the whole
SEEDS = range(FIRST, FIRST + CONNECTIONS)

_STATUS = re.compile(rb"HTTP/1\.[01] [2-5][0-9][0-9] ")

WAIT = Step(Do.WAIT)

Ways = tuple[Way, Way]


@pytest.fixture(scope="module")
async def ways(session_exchanges: SimulatedExchanges) -> AsyncIterator[Ways]:
    await session_exchanges.reset()
    async with running_both(session_exchanges.url) as both:
        for way in both:
            for exchange in (b"null", b'"kucoin"'):
                await way.warmed(request(BODY.replace(b"}", b',"exchange":%b}' % exchange)))
        yield both


async def answered_alike(ways: Ways, steps: Sequence[Step], seed: object = None) -> int:
    """Return how many answers the lane gave."""
    one, other = [await way.outcome(steps) for way in ways]
    assert one.answers == other.answers, (seed, steps)
    assert one.lines == other.lines, (seed, steps)
    assert (one.is_lost, one.is_idle, one.counted) == (other.is_lost, other.is_idle, other.counted), (seed, steps)
    assert one.has_ids_of_log == other.has_ids_of_log
    assert other.answered_at_once == 0
    return one.answered_at_once


async def test_connections_have_the_same_answers_order_log_lines_counts_and_rest(ways: Ways) -> None:
    before = [await way.counts() for way in ways]
    by_lane = 0
    for seed in SEEDS:
        by_lane += await answered_alike(ways, Connections(seed).whole(), seed)
    assert by_lane > CONNECTIONS / 3
    after = [await way.counts() for way in ways]
    assert after[0] - before[0] == after[1] - before[1] != {}


async def test_a_connection_that_breaks_off_has_as_many_of_the_answers_as_there_was_time_for(ways: Ways) -> None:
    for seed in SEEDS[::4]:
        steps = Connections(seed).broken_off()
        one, other = [await way.outcome(steps, probes=False) for way in ways]
        assert one.is_lost
        assert other.is_lost
        shorter, longer = sorted((one.answers, other.answers), key=len)
        assert longer.startswith(shorter), (seed, steps)
        for each in (one, other):
            assert len(each.lines) >= len(_STATUS.findall(each.answers)), (seed, steps)


async def test_every_cut_of_a_request_is_answered_alike(ways: Ways) -> None:
    sent = request(BODY, b"X-Request-ID: mine")
    body_at = len(sent) - len(BODY)
    for at in range(1, len(sent)):
        by_lane = await answered_alike(ways, [Step(Do.SEND, sent[:at]), WAIT, Step(Do.SEND, sent[at:]), WAIT], at)
        assert by_lane == (at == body_at) + (at >= body_at), at  # and the one that tells what is left


async def test_a_head_whose_body_has_not_come_by_the_next_check_is_left_to_aiohttp(ways: Ways) -> None:
    head, body = request(BODY)[: -len(BODY)], BODY
    check = Step(Do.CHECK)
    for between in ([check], [check, WAIT], [WAIT, check, Step(Do.TURN)], [check, Step(Do.TURN), check]):
        assert await answered_alike(ways, [Step(Do.SEND, head), *between, Step(Do.SEND, body), WAIT], between) == 1
    for end in (Do.END, Do.LOSE):
        one, other = [await way.outcome([Step(Do.SEND, head), WAIT, Step(end)], probes=False) for way in ways]
        assert (one.answers, one.is_lost) == (other.answers, other.is_lost) == (b"", True)


@pytest.mark.parametrize("begins", [b"", PROBE])
async def test_no_request_is_smuggled_past_aiohttp(ways: Ways, begins: bytes) -> None:
    for shape in SHAPES:
        first = [Step(Do.SEND, begins), WAIT] if begins else []
        await answered_alike(ways, [*first, Step(Do.SEND, shape), WAIT, Step(Do.SEND, PROBE), WAIT], shape)
        await answered_alike(ways, [*first, Step(Do.SEND, shape + PROBE), WAIT], shape)


@pytest.mark.parametrize("between", [request(BODY), b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"])
async def test_the_lane_goes_on_after_other_requests(ways: Ways, between: bytes) -> None:
    other = between.replace(b"Host", b"X-Other: y\r\nHost", 1)
    steps = [step for sent in (PROBE, other, PROBE) for step in (Step(Do.SEND, sent), WAIT)]
    assert await answered_alike(ways, steps) == 3  # the one that tells what is left on the connection included


async def test_a_client_that_reads_nothing_gets_no_more_than_the_transport_asks_for(ways: Ways) -> None:
    steps = [Step(Do.STOP_READING), *[Step(Do.SEND, PROBE)] * 30, WAIT, Step(Do.READ), WAIT]
    one, other = [await way.outcome(steps) for way in ways]
    assert one.answers == other.answers
    assert one.answered_at_once > 1
    assert max(one.most_unread, other.most_unread) < 2 * HIGH_WATER
