"""After one failure nobody waits to notice the outage, and a probe in the background ends it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from application.concurrency.outage_gate import OutageGate

INTERVAL_SECONDS = 0.01


class Server:
    """Answers probes unless it is down; one that is held lets a probe wait."""

    def __init__(self) -> None:
        self.is_down = True
        self.probes = 0
        self.recoveries = 0
        self.is_broken = False
        self.free = asyncio.Event()
        self.free.set()
        self.probed = asyncio.Event()

    async def probe(self) -> str | None:
        self.probes += 1
        self.probed.set()
        await self.free.wait()
        if self.is_broken:
            raise RuntimeError("a fault in the probe")
        return f"silent, probe {self.probes}" if self.is_down else None

    def recovered(self) -> None:
        self.recoveries += 1


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
async def gate(server: Server) -> AsyncIterator[OutageGate]:
    gate = OutageGate(server.probe, interval_seconds=INTERVAL_SECONDS, on_recovery=server.recovered)
    yield gate
    await gate.close()


async def until_recovered(gate: OutageGate) -> None:
    for _ in range(500):
        if gate.failure is None:
            return
        await asyncio.sleep(INTERVAL_SECONDS)
    raise AssertionError("the outage did not end")


async def test_without_a_failure_there_is_no_outage_and_nothing_is_probed(gate: OutageGate, server: Server) -> None:
    await asyncio.sleep(5 * INTERVAL_SECONDS)
    assert (gate.failure, server.probes) == (None, 0)


async def test_a_failure_starts_an_outage_once_and_a_later_one_updates_its_reason(gate: OutageGate) -> None:
    assert gate.fail("TimeoutError")
    assert gate.failure == "TimeoutError"
    assert not gate.fail("ConnectionResetError")
    assert gate.failure == "ConnectionResetError"


async def test_the_outage_lasts_until_a_probe_is_answered(gate: OutageGate, server: Server) -> None:
    gate.fail("TimeoutError")
    async with asyncio.timeout(5):
        while server.probes < 3:
            await asyncio.sleep(INTERVAL_SECONDS)
            assert gate.failure is not None
    assert gate.failure is not None
    assert gate.failure.startswith("silent, probe")
    assert server.recoveries == 0
    server.is_down = False
    await until_recovered(gate)
    assert server.recoveries == 1


async def test_after_a_recovery_nothing_is_probed_until_the_next_failure(gate: OutageGate, server: Server) -> None:
    server.is_down = False
    for outage in (1, 2):
        assert gate.fail("TimeoutError")
        await until_recovered(gate)
        await asyncio.sleep(5 * INTERVAL_SECONDS)
        assert (server.probes, server.recoveries) == (outage, outage)


async def test_one_probe_is_under_way_at_a_time(gate: OutageGate, server: Server) -> None:
    server.free.clear()
    gate.fail("TimeoutError")
    await server.probed.wait()
    gate.fail("again")
    await asyncio.sleep(5 * INTERVAL_SECONDS)
    assert server.probes == 1


async def test_a_probe_that_breaks_ends_the_outage_rather_than_rejecting_calls_for_ever(
    gate: OutageGate, server: Server
) -> None:
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["exception"]))
    server.is_broken = True
    gate.fail("TimeoutError")
    await until_recovered(gate)
    assert server.recoveries == 0
    assert gate.fail("TimeoutError"), "the next failure starts another one"
    await until_recovered(gate)
    await gate.close()
    asyncio.get_running_loop().set_exception_handler(None)
    assert str(reported[0]) == "a fault in the probe"


async def test_closing_stops_the_probe_and_leaves_the_outage(gate: OutageGate, server: Server) -> None:
    server.free.clear()
    gate.fail("TimeoutError")
    await server.probed.wait()
    await gate.close()
    server.is_down = False
    server.free.set()
    await asyncio.sleep(5 * INTERVAL_SECONDS)
    assert (gate.failure, server.probes, server.recoveries) == ("TimeoutError", 1, 0)


async def test_a_gate_that_never_failed_can_be_closed(gate: OutageGate) -> None:
    await gate.close()
