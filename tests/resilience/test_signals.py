"""Stopping, restarting and killing the service under load: only a killed worker loses requests."""

import os
import signal
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from tests.resilience.harness import Harness, running_harness
from tests.servers.gunicorn import GUNICORN, booted
from tests.servers.redis import RedisProcess
from tests.servers.service_process import SERVE
from tests.waiting import eventually

EXIT_SECONDS = 20.0
WORKERS = 2

# Far less than the time that load balancers get to notice.
NOTICING_SECONDS = 1.0

# Load balancers ask all the time, so each worker was asked before; the first question has it open its database.
QUESTIONS_BEFORE = 5 * WORKERS

# The load sends them within a quarter of a second.
ANSWERS_WHILE_DRAINING = 25

# A connection dies with its worker; its other end may notice only this much later.
UNHEARD_SECONDS = 0.1

COMMANDS = {"one process": SERVE, "gunicorn": GUNICORN}


@pytest.fixture
async def workers(module_redis: RedisProcess, tmp_path: Path) -> AsyncIterator[Harness]:
    """Two running gunicorn workers."""
    async with running_harness(module_redis, tmp_path, command=GUNICORN, workers=str(WORKERS)) as harness:
        await eventually(lambda: _has_seen(harness, "service_started", WORKERS))
        yield harness


async def _has_seen(harness: Harness, event: str, times: int) -> bool:
    return len(harness.process.events(event)) >= times


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
async def test_a_stop_is_announced_loses_no_request_and_is_quick(
    module_redis: RedisProcess, tmp_path: Path, command: tuple[str, ...]
) -> None:
    async with running_harness(module_redis, tmp_path, command=command, workers=str(WORKERS)) as harness:

        async def is_announced() -> bool:
            answer = await harness.process.service.ask("GET", "/health/ready", headers={"Connection": "close"})
            if answer.status == 503:
                assert answer.json["type"] == "/problems/stopping"
                assert int(answer.headers["Retry-After"]) >= 1
            return answer.status == 503

        async with harness.loaded() as load:
            for _ in range(QUESTIONS_BEFORE):
                assert not await is_announced()
            stopped_at = time.time()
            harness.process.process.send_signal(signal.SIGTERM)
            await eventually(is_announced)
            assert time.time() - stopped_at < NOTICING_SECONDS
            await load.answered_since(time.time(), ANSWERS_WHILE_DRAINING)
            answers = await load.end()
        assert await harness.process.wait() == 0
        assert time.time() - stopped_at < EXIT_SECONDS
        await harness.check(answers)


async def test_a_rolling_restart_loses_no_request(workers: Harness) -> None:
    async with workers.loaded() as load:
        before = booted(workers.process)
        workers.process.process.send_signal(signal.SIGHUP)
        await eventually(lambda: _has_seen(workers, "service_stopped", WORKERS))
        await eventually(lambda: _has_seen(workers, "service_started", 2 * WORKERS))
        restarted_at = time.time()
        await workers.recovers(load, restarted_at)
        answers = await load.end()
    await workers.check(answers)
    assert len(booted(workers.process)) == 2 * WORKERS
    await eventually(lambda: _are_gone(before))  # they have logged their stop and are about to end
    assert "Error while closing" not in workers.process.log()


async def test_a_killed_worker_loses_only_its_own_requests(workers: Harness) -> None:
    kills = []
    async with workers.loaded() as load:
        for number, worker in enumerate(booted(workers.process), start=1):  # one of them is the leader
            began_at = time.time()
            os.kill(worker, signal.SIGKILL)
            kills.append((began_at, time.time() + UNHEARD_SECONDS))
            await eventually(partial(_has_seen, workers, "service_started", WORKERS + number))
            await workers.recovers(load, time.time())
        answers = await load.end()
    for each in answers:
        was_held = any(begin < each.sent_at + each.seconds and each.sent_at < end for begin, end in kills)
        assert each.status is not None or was_held, f"lost without a reason: {each}"
    await workers.check([each for each in answers if each.status is not None])


async def _are_gone(pids: list[int]) -> bool:
    return not any(map(_lives, pids))


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
