"""Every fault does on a real socket what its name says."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import web

from entrypoints.simulator.app import simulator_app
from entrypoints.simulator.market.simulated import SimulatedMarket
from tests.servers.serving import serving

Json: TypeAlias = Any

MARKET = SimulatedMarket(binance_pairs=100, kucoin_pairs=100)
BINANCE_BOOKS = "/binance/api/v3/ticker/bookTicker"
BINANCE_LISTING = "/binance/api/v3/exchangeInfo"
KUCOIN_BOOKS = "/kucoin/api/v1/market/allTickers"
KUCOIN_LISTING = "/kucoin/api/v2/symbols"
PATHS = (BINANCE_BOOKS, BINANCE_LISTING, KUCOIN_BOOKS, KUCOIN_LISTING)


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with serving(simulator_app(MARKET)) as url:
        yield url


@pytest.fixture
async def client(url: str) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(url) as session:
        yield session


async def commit(client: aiohttp.ClientSession, path: str, /, **fault: object) -> None:
    async with client.put(f"/control/faults/{exchange_of(path)}", json=fault) as response:
        assert response.status == 200, await response.text()


def exchange_of(path: str) -> str:
    return path.split("/")[1]


async def answer(client: aiohttp.ClientSession, path: str) -> tuple[int, str, bytes, Json]:
    async with client.get(path) as response:
        return response.status, response.content_type, await response.read(), response.headers


async def counted(client: aiohttp.ClientSession, path: str) -> int:
    async with client.get("/control") as response:
        return int((await response.json())["exchanges"][exchange_of(path)]["calls"])


async def until_counted(client: aiohttp.ClientSession, path: str) -> None:
    async with asyncio.timeout(5):
        while True:
            if await counted(client, path):
                return
            await asyncio.sleep(0.01)


async def raw(url: str, path: str) -> bytes:
    """Ask over a bare socket, and return all that comes until the other side closes."""
    reader, writer = await asyncio.open_connection(urlsplit(url).hostname, urlsplit(url).port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: simulator\r\n\r\n".encode())
        async with asyncio.timeout(5):
            return await reader.read()
    finally:
        writer.close()


def rows_of(document: Json) -> list[Json]:
    if isinstance(document, list):
        return document
    inside = document["symbols"] if "symbols" in document else document["data"]
    rows: list[Json] = inside["ticker"] if isinstance(inside, dict) else inside
    return rows


@pytest.mark.parametrize("path", PATHS)
async def test_a_reset_is_a_tcp_reset(client: aiohttp.ClientSession, url: str, path: str) -> None:
    await commit(client, path, kind="reset")
    with pytest.raises(ConnectionResetError):
        await raw(url, path)
    assert await counted(client, path) == 1


@pytest.mark.parametrize("path", PATHS)
async def test_a_drop_closes_the_connection_without_an_answer(
    client: aiohttp.ClientSession, url: str, path: str
) -> None:
    await commit(client, path, kind="drop")
    assert await raw(url, path) == b""
    assert await counted(client, path) == 1


async def test_an_aborted_answer_logs_no_error(client: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture) -> None:
    for kind in ("reset", "drop", "truncated_body"):
        await commit(client, BINANCE_BOOKS, kind=kind)
        with pytest.raises(aiohttp.ClientError):
            await answer(client, BINANCE_BOOKS)
    assert caplog.text == ""


@pytest.mark.parametrize("path", PATHS)
async def test_a_truncated_body_ends_before_its_declared_length(
    client: aiohttp.ClientSession, url: str, path: str
) -> None:
    await commit(client, path, kind="truncated_body")
    head, _, body = (await raw(url, path)).partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    assert head.startswith(b"HTTP/1.1 200")
    assert 0 < len(body) < int(headers["Content-Length"])
    with pytest.raises(aiohttp.ClientPayloadError):
        await answer(client, path)


async def test_latency_delays_a_good_answer(client: aiohttp.ClientSession) -> None:
    loop = asyncio.get_running_loop()
    await commit(client, BINANCE_BOOKS, kind="latency", milliseconds=150)
    start = loop.time()
    status, _, body, _ = await answer(client, BINANCE_BOOKS)
    assert loop.time() - start >= 0.15
    assert status == 200
    assert len(json.loads(body)) == 100


async def test_a_hang_never_answers_and_is_counted(client: aiohttp.ClientSession) -> None:
    await commit(client, BINANCE_BOOKS, kind="hang")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await answer(client, BINANCE_BOOKS)
    assert await counted(client, BINANCE_BOOKS) == 1


async def test_a_hang_ends_when_its_client_disconnects(client: aiohttp.ClientSession, url: str) -> None:
    await commit(client, BINANCE_BOOKS, kind="hang")
    before = asyncio.all_tasks()
    _, writer = await asyncio.open_connection(urlsplit(url).hostname, urlsplit(url).port)
    writer.write(f"GET {BINANCE_BOOKS} HTTP/1.1\r\nHost: simulator\r\n\r\n".encode())
    await until_counted(client, BINANCE_BOOKS)
    handling = asyncio.all_tasks() - before
    assert handling
    writer.close()
    _, pending = await asyncio.wait(handling, timeout=5)
    assert not pending


async def test_a_hang_ends_when_the_simulator_shuts_down() -> None:
    runner = web.AppRunner(simulator_app(MARKET))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{runner.addresses[0][1]}") as client:
        await commit(client, BINANCE_BOOKS, kind="hang")
        hanging = asyncio.create_task(answer(client, BINANCE_BOOKS))
        await until_counted(client, BINANCE_BOOKS)
        async with asyncio.timeout(5):
            await runner.cleanup()
            with pytest.raises(aiohttp.ClientError):
                await hanging


@pytest.mark.parametrize(
    ("code", "binance_code", "kucoin_code"),
    [
        (418, -1003, "418000"),
        (429, -1003, "429000"),
        (451, 0, "451000"),
        (500, -1001, "500000"),
        (503, -1003, "503000"),
    ],
)
async def test_an_error_status_comes_with_the_exchanges_own_body(
    client: aiohttp.ClientSession, code: int, binance_code: int, kucoin_code: str
) -> None:
    for path, expected in ((BINANCE_BOOKS, binance_code), (KUCOIN_BOOKS, kucoin_code)):
        await commit(client, path, kind="status", code=code)
        status, content_type, body, headers = await answer(client, path)
        assert (status, content_type) == (code, "application/json")
        assert json.loads(body)["code"] == expected
        assert "{" not in json.loads(body)["msg"]
        assert "Retry-After" not in headers


async def test_a_rate_limit_has_the_retry_time_in_each_exchanges_form(client: aiohttp.ClientSession) -> None:
    await commit(client, BINANCE_BOOKS, kind="status", code=418, retry_after=120)
    assert (await answer(client, BINANCE_BOOKS))[3]["Retry-After"] == "120"
    await commit(client, KUCOIN_BOOKS, kind="status", code=429, retry_after=7, message="System-level")
    _, _, body, headers = await answer(client, KUCOIN_BOOKS)
    assert headers.getall("gw-ratelimit-reset") == ["7000"]
    assert headers.getall("gw-ratelimit-remaining") == ["0"]
    assert json.loads(body)["msg"] == "System-level"


@pytest.mark.parametrize(
    ("fault", "status", "part"),
    [
        ({"kind": "status", "code": 403}, 403, b"Request blocked"),
        ({"kind": "cloudflare_1015"}, 403, b"error code: 1015"),
        ({"kind": "html"}, 200, b"<!DOCTYPE html>"),
    ],
)
@pytest.mark.parametrize("path", PATHS)
async def test_pages_of_proxies_are_html(
    client: aiohttp.ClientSession, path: str, fault: dict[str, Json], status: int, part: bytes
) -> None:
    await commit(client, path, **fault)
    got, content_type, body, _ = await answer(client, path)
    assert (got, content_type) == (status, "text/html")
    assert part in body


@pytest.mark.parametrize("path", PATHS)
async def test_an_empty_body_is_a_200_with_nothing_in_it(client: aiohttp.ClientSession, path: str) -> None:
    await commit(client, path, kind="empty")
    assert (await answer(client, path))[:3] == (200, "application/json", b"")


@pytest.mark.parametrize("path", PATHS)
async def test_truncated_json_is_valid_http_but_invalid_json(client: aiohttp.ClientSession, path: str) -> None:
    await commit(client, path, kind="truncated_json")
    status, _, body, _ = await answer(client, path)
    assert status == 200
    assert len(body) > 1000
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)


@pytest.mark.parametrize("path", PATHS)
async def test_nonsense_is_json_of_another_shape(client: aiohttp.ClientSession, path: str) -> None:
    await commit(client, path, kind="nonsense")
    status, _, body, _ = await answer(client, path)
    assert status == 200
    nonsense = json.loads(body)
    with pytest.raises((KeyError, TypeError)):
        [row["symbol"] for row in rows_of(nonsense)]


@pytest.mark.parametrize("path", PATHS)
async def test_an_empty_list_has_the_right_shape_without_rows(client: aiohttp.ClientSession, path: str) -> None:
    await commit(client, path, kind="empty_list")
    _, _, body, _ = await answer(client, path)
    assert rows_of(json.loads(body)) == []


@pytest.mark.parametrize("path", PATHS)
async def test_bad_rows_stand_among_good_ones(client: aiohttp.ClientSession, path: str) -> None:
    _, _, good, _ = await answer(client, path)
    await commit(client, path, kind="bad_rows", every=4)
    status, _, body, _ = await answer(client, path)
    good_symbols = [row["symbol"] for row in rows_of(json.loads(good))]
    rows = rows_of(json.loads(body))
    assert status == 200
    assert len(rows) == 100
    untouched = [
        row
        for row, symbol in zip(rows, good_symbols, strict=True)
        if isinstance(row, dict) and row.get("symbol") == symbol
    ]
    assert 80 <= len(untouched) < 100
    assert [row["symbol"] for row in rows[:20]] == good_symbols[:20]


@pytest.mark.parametrize("path", [KUCOIN_BOOKS, KUCOIN_LISTING])
async def test_kucoin_fails_under_http_200_with_the_given_code(client: aiohttp.ClientSession, path: str) -> None:
    await commit(client, path, kind="failure_code", code="429000")
    status, _, body, _ = await answer(client, path)
    assert (status, json.loads(body)) == (200, {"code": "429000", "msg": "Too Many Requests"})


async def test_kucoins_snapshot_can_come_from_the_future(client: aiohttp.ClientSession) -> None:
    _, _, good, _ = await answer(client, KUCOIN_BOOKS)
    await commit(client, KUCOIN_BOOKS, kind="future_time", seconds=7200)
    _, _, body, _ = await answer(client, KUCOIN_BOOKS)
    ahead = json.loads(body)["data"]["time"] - json.loads(good)["data"]["time"]
    assert 7_190_000 < ahead < 7_300_000
    assert len(rows_of(json.loads(body))) == 100
    await commit(client, KUCOIN_LISTING, kind="future_time")
    assert (await answer(client, KUCOIN_LISTING))[0] == 200


@pytest.mark.parametrize("kind", ["bad_rows", "empty_list", "future_time"])
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/kucoin/api/v3/currencies", 200),
        ("/kucoin/api/v1/timestamp", 200),
        ("/kucoin/api/v1/market/orderbook/level1?symbol=NO-SUCH", 200),
        ("/kucoin/api/v1/nothing", 404),
    ],
)
async def test_faults_of_market_data_never_break_other_answers(
    client: aiohttp.ClientSession, kind: str, path: str, status: int
) -> None:
    await commit(client, path, kind=kind)
    assert (await answer(client, path))[0] == status


async def test_a_fault_can_be_limited_to_some_calls_and_one_path(client: aiohttp.ClientSession) -> None:
    await commit(client, BINANCE_BOOKS, kind="status", code=500, times=2, path="bookTicker")
    assert (await answer(client, BINANCE_LISTING))[0] == 200
    assert [(await answer(client, BINANCE_BOOKS))[0] for _ in range(3)] == [500, 500, 200]
    assert (await answer(client, KUCOIN_BOOKS))[0] == 200


async def test_the_state_has_the_fault_and_its_remaining_calls(client: aiohttp.ClientSession) -> None:
    await commit(client, BINANCE_BOOKS, kind="status", code=503, times=2)
    await answer(client, BINANCE_BOOKS)
    async with client.get("/control") as response:
        state = (await response.json())["exchanges"]["binance"]
    assert state["fault"] == {
        "kind": "status",
        "code": 503,
        "times": 1,
        "path": None,
        "method": None,
        "executes_after_milliseconds": None,
        "error_code": None,
        "retry_after": None,
        "message": None,
    }
    assert state["calls"] == 1


async def test_a_fault_ends_when_it_is_deleted_and_when_all_is_reset(client: aiohttp.ClientSession) -> None:
    await commit(client, BINANCE_BOOKS, kind="empty")
    async with client.delete("/control/faults/binance") as response:
        assert (await response.json())["exchanges"]["binance"]["fault"] is None
    assert len((await answer(client, BINANCE_BOOKS))[2]) > 0
    await commit(client, BINANCE_BOOKS, kind="empty")
    async with client.post("/control/reset") as response:
        assert response.status == 200
    assert len((await answer(client, BINANCE_BOOKS))[2]) > 0


@pytest.mark.parametrize(
    ("exchange", "body", "status", "field"),
    [
        ("binance", '{"kind": "earthquake"}', 422, "kind"),
        ("binance", "{}", 422, "kind"),
        ("binance", "[]", 422, "body"),
        ("binance", "", 422, "body"),
        ("binance", "{", 422, "body"),
        ("binance", '{"kind": "status"}', 422, "code"),
        ("binance", '{"kind": "status", "code": 200}', 422, "code"),
        ("binance", '{"kind": "status", "code": "500"}', 422, "code"),
        ("binance", '{"kind": "hang", "times": 0}', 422, "times"),
        ("binance", '{"kind": "hang", "tiems": 1}', 422, "tiems"),
        ("binance", '{"kind": "latency", "milliseconds": 60001}', 422, "milliseconds"),
        ("binance", '{"kind": "failure_code"}', 422, "kind"),
        ("binance", '{"kind": "future_time"}', 422, "kind"),
        ("nobody", '{"kind": "hang"}', 404, "exchange"),
    ],
)
async def test_an_impossible_fault_is_rejected_with_its_field(
    client: aiohttp.ClientSession, exchange: str, body: str, status: int, field: str
) -> None:
    async with client.put(f"/control/faults/{exchange}", data=body) as response:
        assert response.status == status
        errors = (await response.json())["errors"]
    assert [error["field"] for error in errors] == [field]
    assert all(error["message"] for error in errors)
    async with client.get("/control") as response:
        assert (await response.json())["exchanges"]["binance"]["fault"] is None
