"""`make locust`, headless: it passes if every answer is right, and fails otherwise."""

import os
from pathlib import Path

from aiohttp import web
from benchmarks.traffic import well_known_mix

from tests.project import ROOT
from tests.servers.command import Ended, run_python
from tests.servers.service import running_crossrate
from tests.servers.serving import serving


async def locust(tmp_path: Path, host: str = "", *, seconds: int = 1) -> Ended:
    load = {"HEADLESS": "1", "SECONDS": str(seconds), "USERS": "8", "HOST": host}
    variables = os.environ | {"PYTHONPATH": str(ROOT)} | load
    return await run_python("-m", "benchmarks.swarm", folder=tmp_path, environment=variables)


def requests_by_kind(table: str) -> dict[str, int]:
    """Read the first number of each row."""
    counted = {}
    for kind in well_known_mix():
        row = next(line for line in table.splitlines() if line.startswith(f"POST     {kind.name} "))
        counted[kind.name] = int(row.removeprefix(f"POST     {kind.name} ").split()[0])
    return counted


async def test_it_starts_what_it_needs_and_every_kind_of_request_gets_the_right_answer(tmp_path: Path) -> None:
    ended = await locust(tmp_path, seconds=3)
    assert ended.status == 0, ended
    assert all(requests_by_kind(ended.output + ended.errors).values())


async def test_it_drives_the_given_service(tmp_path: Path) -> None:
    async with running_crossrate() as address:
        ended = await locust(tmp_path, address)
    assert ended.status == 0, ended
    assert sum(requests_by_kind(ended.output + ended.errors).values()) > 0


async def test_wrong_answers_make_it_fail(tmp_path: Path) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"exchange": "elsewhere"})

    app = web.Application()
    app.router.add_post("/api/v1/convert", answer)
    async with serving(app) as address:
        ended = await locust(tmp_path, address)
    assert ended.status == 1
    printed = ended.output + ended.errors
    assert "200 instead of 422" in printed
    assert "not {'exchange': 'binance'}" in printed


async def test_a_service_that_is_down_makes_it_fail(tmp_path: Path) -> None:
    ended = await locust(tmp_path, "http://127.0.0.1:9")
    assert ended.status == 1


async def test_an_invalid_host_is_rejected(tmp_path: Path) -> None:
    ended = await locust(tmp_path, "example")
    assert ended.status == 2
    assert "must begin with http://" in ended.errors
