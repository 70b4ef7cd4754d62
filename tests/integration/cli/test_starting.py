"""How processes start that cannot, or that are stopped before they have: in a line, one status for one cause."""

import asyncio
import signal
import socket
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.command import CROSSRATE, environment, run_crossrate, run_python

GUNICORN = ("-m", "gunicorn", "--config", "python:entrypoints.http.server.gunicorn_config")
SERVERS = {"serve": (*CROSSRATE, "serve"), "gunicorn": GUNICORN}

LONGEST_SECONDS = 60

# A shell starts what runs in the background with this signal ignored, and so its children, such as these.
HEEDS = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
BEGINS = f"{HEEDS}; from crossrate.__main__ import main; print('begun', flush=True); main()"


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


@pytest.mark.parametrize("server", list(SERVERS))
async def test_a_taken_port_is_told_before_anything_is_started(server: str, tmp_path: Path, taken_port: int) -> None:
    settings = environment(port=str(taken_port), sync_interval_seconds="0")
    ended = await run_python(*SERVERS[server], folder=tmp_path, environment=settings)
    assert (ended.status, ended.output) == (3, "")
    assert ended.errors.splitlines()[-1] == f"Cannot listen on 127.0.0.1:{taken_port}: Address already in use"
    for event in ("service_started", "Traceback"):
        assert event not in ended.errors


async def test_a_taken_port_is_one_for_jobs_and_simulated_exchanges_too(tmp_path: Path, taken_port: int) -> None:
    await run_crossrate("migrate", folder=tmp_path, environment=environment())
    redis = environment(redis_url="redis://127.0.0.1:1/0")
    for command in ("worker", "scheduler", "simulate"):
        ended = await run_crossrate(command, "--port", str(taken_port), folder=tmp_path, environment=redis)
        assert (ended.status, f"Cannot listen on 127.0.0.1:{taken_port}" in ended.errors) == (3, True), command


async def test_a_host_that_is_not_this_machines_is_told_alike(tmp_path: Path) -> None:
    for host, reason in (("192.0.2.1", "Cannot assign requested address"), ("nowhere.invalid", "not known")):
        ended = await run_crossrate("serve", "--host", host, folder=tmp_path, environment=environment())
        assert (ended.status, reason in ended.errors, "Traceback" in ended.errors) == (3, True, False), ended.errors


@pytest.mark.parametrize("server", list(SERVERS))
async def test_a_file_that_is_no_database_is_refused_at_the_start(server: str, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# A page, no database\n")
    settings = environment(database_url="sqlite:///README.md")
    ended = await run_python(*SERVERS[server], folder=tmp_path, environment=settings)
    assert (ended.status, "README.md is no SQLite database" in ended.errors) == (2, True)


@pytest.mark.parametrize("seconds", [0.05, 0.5, 1.0, 2.0])
async def test_ctrl_c_while_it_starts_ends_it_without_a_traceback(tmp_path: Path, seconds: float) -> None:
    """The moment is not exact, and need not be: it is to work at any, from our first line on."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", BEGINS, "serve", "--port", "0"),
        cwd=tmp_path,
        env=environment(sync_interval_seconds="0", quote_pairs="none"),
        stdout=PIPE,
        stderr=PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            assert await process.stdout.readline() == b"begun\n"
            await asyncio.sleep(seconds)
            process.send_signal(signal.SIGINT)
            _, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert b"Traceback" not in errors
    assert process.returncode in {0, 130}
