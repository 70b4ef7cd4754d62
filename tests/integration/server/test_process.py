"""`crossrate serve`: its start, its log and its stop."""

import asyncio
import gzip
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.integration.problems import is_problem
from tests.integration.rejections import document
from tests.integration.server.failing_service import SECRET
from tests.project import ROOT
from tests.servers.service import JWT_SECRET
from tests.servers.service_client import CONVERT, Service
from tests.servers.service_process import ServiceProcess, ended, running_process
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.servers.source import free_port
from tests.waiting import eventually

JSON = {"Content-Type": "application/json"}
PASSWORD = "pa55w0rd-of-redis"  # noqa: S105 -- made up, to be looked for in logs
LOGIN = "/api/v1/authenticate/login"  # it takes bodies of up to 64 KiB
BOMB_BYTES = 64 * 1024 * 1024
FAILING = (sys.executable, "-m", "tests.integration.server.failing_service")


@pytest.fixture(scope="module")
async def json_process(
    session_exchanges: SimulatedExchanges, client: aiohttp.ClientSession, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ServiceProcess]:
    """One process for the tests that only watch it."""
    folder = tmp_path_factory.mktemp("json")
    async with running_process(session_exchanges.url, client, folder, log_format="json") as process:
        yield process


async def test_each_request_is_one_line_of_json(json_process: ServiceProcess, exchanges: SimulatedExchanges) -> None:
    service = json_process.service
    assert await exchanges.all_calls() == 0
    asked = [
        ("one", "POST", CONVERT, 200, CONVERT),
        ("two", "GET", f"{CONVERT}?amount=-1", 422, CONVERT),
        ("three", "GET", "/health/ready", 200, "/health/ready"),
        ("four", "DELETE", CONVERT, 405, None),
        ("five", "GET", "/nowhere?currency_from=BTC", 404, None),
    ]
    for request_id, method, path, status, _ in asked:
        body = document() if method == "POST" else None
        answer = await service.ask(method, path, data=body, headers=JSON | {"X-Request-ID": request_id})
        assert answer.status == status
    ids = [each[0] for each in asked]
    lines = [line for line in json_process.events("request_answered") if line["request_id"] in ids]
    assert [(line["request_id"], line["method"], line["status"], line["route"]) for line in lines] == [
        (request_id, method, status, route) for request_id, method, _, status, route in asked
    ]
    for line in lines:
        assert isinstance(line["duration_ms"], float)
        assert 0 < line["duration_ms"] < 5000
        assert {"level", "timestamp"} < line.keys()


async def test_in_json_every_line_of_the_log_is_json(json_process: ServiceProcess) -> None:
    assert (await json_process.service.ask("GET", "/nowhere")).status == 404
    lines = json_process.log().splitlines()
    assert lines
    assert all(line.startswith("{") and line.endswith("}") for line in lines)
    assert json_process.events("service_started")[0]["cache"] == "memory"
    assert str(json_process.events("service_listening")[0]["url"]).startswith("http://127.0.0.1:")


async def test_a_failing_exchange_is_logged_once_with_its_reason(
    json_process: ServiceProcess, exchanges: SimulatedExchanges
) -> None:
    await exchanges.commit("kucoin", "status", code=451)
    before = len(json_process.events("exchange_failed"))
    assert (await json_process.service.convert(exchange="kucoin")).status == 503
    (event,) = json_process.events("exchange_failed")[before:]
    assert (event["exchange"], event["reason"], event["level"]) == ("kucoin", "blocked", "warning")


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="peak memory is read from Linux's /proc")
@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_decompression_bomb_takes_less_than_5_mb(json_process: ServiceProcess, encoding: str) -> None:
    bomb = gzip.compress(b"0" * BOMB_BYTES, 9)
    if encoding == "deflate":
        bomb = bomb[10:-8]  # without gzip's head and tail it is a raw deflate stream
    assert len(bomb) < 128 * 1024
    headers = JSON | {"Content-Encoding": encoding}
    assert (await json_process.service.post(document().ljust(4096))).status == 200  # what any request takes
    await json_process.has_opened_its_database()
    before = _memory_now(json_process)
    for _ in range(5):  # so that what each leaves behind adds up
        assert is_problem(await json_process.service.ask("POST", LOGIN, data=bomb, headers=headers), 413)
    assert _kilobytes(json_process, "VmHWM") - before < 5 * 1024
    assert (await json_process.service.convert()).status == 200


def _memory_now(process: ServiceProcess) -> int:
    """Return the kilobytes in use, and have the kernel measure the peak from here."""
    Path(f"/proc/{process.process.pid}/clear_refs").write_text("5")
    return _kilobytes(process, "VmRSS")


def _kilobytes(process: ServiceProcess, name: str) -> int:
    status = Path(f"/proc/{process.process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(name))


async def test_an_unexpected_error_is_in_the_log_and_not_in_the_answer(
    exchanges: SimulatedExchanges, client: aiohttp.ClientSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    async with running_process(exchanges.url, client, tmp_path, command=FAILING, log_format="json") as process:
        answer = await process.service.ask("POST", CONVERT, data=document(), headers=JSON | {"X-Request-ID": "lost"})
        assert is_problem(answer, 500)
        assert answer.json["type"] == "/problems/internal-error"
        for trace in (SECRET, "ZeroDivisionError", "File", ".py"):
            assert trace.encode() not in answer.body
        (event,) = process.events("request_failed")
        assert (event["request_id"], event["level"]) == ("lost", "error")
        assert "Traceback" in str(event["exception"])
        assert SECRET in str(event["exception"])
        assert (await process.service.ask("GET", "/health/live")).status == 200


async def test_the_password_of_redis_is_never_shown(
    exchanges: SimulatedExchanges, client: aiohttp.ClientSession, tmp_path: Path, redis_url: str
) -> None:
    refused = f"redis://:{PASSWORD}@127.0.0.1:{free_port()}/0"
    unwelcome = redis_url.replace("redis://", f"redis://somebody:{PASSWORD}@")
    for url in (refused, unwelcome):
        async with running_process(exchanges.url, client, tmp_path, redis_url=url, log_level="debug") as process:
            assert (await process.service.convert()).status == 200
            readiness = await process.service.ask("GET", "/health/ready")
            assert readiness.json["dependencies"]["redis"]["status"] == "down"
            assert "request_answered" in process.log()
            assert "cache_failed" in process.log()
            assert PASSWORD not in process.log()
            assert PASSWORD.encode() not in readiness.body


async def test_sigterm_stops_it_after_the_requests_in_flight(
    exchanges: SimulatedExchanges, client: aiohttp.ClientSession, tmp_path: Path
) -> None:
    async with running_process(exchanges.url, client, tmp_path, log_format="json") as process:
        assert (await process.service.convert()).status == 200
        await exchanges.commit("binance", "latency", milliseconds=800)

        async def is_asked() -> bool:
            return await exchanges.calls("binance") == 3

        under_way = asyncio.create_task(process.service.convert())
        await eventually(is_asked)
        process.process.send_signal(signal.SIGTERM)
        assert (await under_way).status == 200
        assert await process.wait() == 0
        assert process.events("service_stopped")
        assert "Traceback" not in process.log()


async def test_an_interrupt_ends_the_draining_at_once(
    exchanges: SimulatedExchanges, client: aiohttp.ClientSession, tmp_path: Path
) -> None:
    async with running_process(exchanges.url, client, tmp_path, log_format="json", drain_seconds="8") as process:
        assert (await process.service.convert()).status == 200
        process.process.send_signal(signal.SIGTERM)

        async def is_draining() -> bool:
            return bool(process.events("drain_started"))

        await eventually(is_draining)
        started = time.monotonic()
        process.process.send_signal(signal.SIGINT)
        assert await process.wait() == 0
        assert time.monotonic() - started < 4


async def test_a_taken_port_is_one_clear_line(exchanges: SimulatedExchanges, tmp_path: Path) -> None:
    assert await exchanges.all_calls() == 0
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, errors = await ended(tmp_path, port=str(port), jwt_secret=JWT_SECRET)
    assert status != 0
    assert "Traceback" not in errors
    (line,) = [line for line in errors.splitlines() if line.startswith("Cannot")]
    assert f"127.0.0.1:{port}" in line
    assert "in use" in line


async def test_invalid_settings_are_named_and_nothing_else(tmp_path: Path) -> None:
    status, errors = await ended(tmp_path, port="http", redis_url=f"redis://:{PASSWORD}@x:port/0")
    assert status != 0
    first, *named = errors.splitlines()
    assert first == "These settings cannot be used:"
    assert [line.split(":")[0].strip() for line in named] == ["CROSSRATE_PORT", "CROSSRATE_REDIS_URL"]
    assert PASSWORD not in errors


async def test_the_environment_overrides_the_settings_in_a_dotenv_file(
    exchanges: SimulatedExchanges, client: aiohttp.ClientSession, tmp_path: Path
) -> None:
    exchanges.clock.time = time.time()  # KuCoin dates its prices
    (tmp_path / ".env").write_text("CROSSRATE_EXCHANGES=kucoin\nCROSSRATE_PORT=1\nCROSSRATE_LOG_FORMAT=json\n")
    async with running_process(exchanges.url, client, tmp_path) as process:
        assert (await process.service.convert()).json["exchange"] == "kucoin"
        assert process.events("service_started")[0]["exchanges"] == ["kucoin"]


async def test_the_log_never_quotes_a_rejected_request(json_process: ServiceProcess) -> None:
    service: Service = json_process.service
    held = "held-in-a-refused-request"
    assert (await service.post(document(exchange=f'"{held}"'))).status == 422
    assert (await service.ask("GET", f"/{held}")).status == 404
    assert held not in json_process.log()
