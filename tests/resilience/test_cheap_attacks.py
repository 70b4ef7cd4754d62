"""Attacks that cost the attacker little cost the service little.

The cost is the service's processor time per answer, compared with an ordinary request: other work on the machine
hardly changes that ratio.
"""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.project import ROOT
from tests.resilience.attackers import ATTACKS, CUSTOMERS, ORDINARY, UNFINISHED
from tests.resilience.harness import Harness
from tests.resilience.length import ATTACK_SECONDS

# How much more than its ordinary counterpart an attack may cost.
MOST_TIMES = 2.0
ATTEMPTS = 3

# Fewer answers tell little: the system counts processor time in hundredths of a second. A busy machine needs longer.
LEAST_ANSWERED = 20
MOST_ROUNDS = 10

# What 300 unfinished heads of a megabyte each may hold in memory; without bounds they held 530 MB.
MOST_MEGABYTES = 60


async def attacked(url: str, name: str) -> int:
    """Attack for a while, and return how many requests were answered."""
    place = urlsplit(url)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.resilience.attackers", name, str(place.hostname), str(place.port),
        cwd=ROOT, stdin=PIPE, stdout=PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert await process.stdout.readline() == b"attacking\n"
        await asyncio.sleep(ATTACK_SECONDS)
        process.stdin.close()
        async with asyncio.timeout(10):
            answered = int(await process.stdout.readline())
            assert await process.wait() == 0
        return answered
    finally:
        if process.returncode is None:
            process.kill()


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


async def cost(harness: Harness, name: str) -> float:
    """Return the processor time of an answer, in seconds."""
    return await cost_of(harness.url, [harness.process.process.pid], name)


async def cost_of(url: str, pids: Sequence[int], name: str) -> float:
    """Return the processor time of an answer by these processes, in seconds."""
    before, answered = sum(map(processor_seconds, pids)), 0
    for _ in range(MOST_ROUNDS):
        answered += await attacked(url, name)
        if answered > LEAST_ANSWERED:
            break
    spent = sum(map(processor_seconds, pids)) - before
    assert answered > LEAST_ANSWERED, f"{name} was hardly answered: {answered} in {spent} s"
    return spent / answered


async def check_cost(
    name: str, compared: str, usual: Mapping[str, float], cost: Callable[[str], Awaitable[float]]
) -> None:
    """Fail if the attack costs too much three times: other work may slow the machine after `usual` was measured."""
    ordinary, measured = usual[compared], list[str]()
    for _ in range(ATTEMPTS):
        seconds = await cost(name)
        measured.append(f"{name}: {seconds * 1e6:.0f} us, {compared}: {ordinary * 1e6:.0f} us")
        print(measured[-1])  # noqa: T201 -- shown where it fails, and by -s
        if seconds <= MOST_TIMES * ordinary:
            return
        ordinary = await cost(compared)
    pytest.fail("; ".join(measured))


@pytest.fixture(scope="module")
async def usual(harness: Harness) -> dict[str, float]:
    await attacked(harness.url, CUSTOMERS)  # what a start still has to do costs more than what is measured
    return {name: await cost(harness, name) for name in ORDINARY}


@pytest.mark.parametrize("name", ATTACKS)
async def test_a_rejected_request_costs_at_most_twice_an_ordinary_one(
    harness: Harness, usual: dict[str, float], name: str
) -> None:
    await check_cost(name, ATTACKS[name][1], usual, partial(cost, harness))


async def test_unfinished_heads_hold_little_memory(harness: Harness) -> None:
    pid = harness.process.process.pid
    before = megabytes(pid)
    await attacked(harness.url, UNFINISHED)
    grown = megabytes(pid) - before
    assert grown < MOST_MEGABYTES, grown
    assert (await harness.process.service.ask("GET", "/health/live")).status == 200
