"""A GET from a real socket: what it returns, why it failed, for how long to pause, and which connection it uses."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import format_datetime

import aiohttp
import pytest
from aiohttp import web

from adapters.rest import client as rest
from adapters.rest.client import Answer, RestClient
from application.market_data.ports.exchange import Usage
from domain.rates.errors import ExchangeUnavailable, FailureReason
from tests.servers.serving import serving
from tests.unit.fakes.clock import NOON, FakeClock
from tests.unit.fakes.meter import FakeMeter

STALL_SECONDS = 0.2


class Server:
    """Gives the same answer to each GET, and counts the connections."""

    def __init__(self) -> None:
        self.status = 200
        self.headers: Mapping[str, str] = {}
        self.body = b"{}"
        self.connections: set[int] = set()

    async def answer(self, request: web.Request) -> web.Response:
        self.connections.add(id(request.transport))
        return web.Response(status=self.status, headers=self.headers, body=self.body)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
async def client(server: Server) -> AsyncIterator[RestClient]:
    async with connected(server) as client:
        yield client


@asynccontextmanager
async def connected(server: Server, pause_seconds: float | None = None) -> AsyncIterator[RestClient]:
    """Give a client of the server, to which every answer tells this pause."""
    app = web.Application()
    app.router.add_get("/path", server.answer)
    timeout = aiohttp.ClientTimeout(total=10, sock_connect=1, sock_read=STALL_SECONDS)
    async with serving(app) as url, aiohttp.ClientSession(timeout=timeout) as session:
        yield RestClient("binance", f"{url}/", session, FakeClock(), FakeMeter(), _usage, lambda _: pause_seconds)


def _usage(answer: Answer) -> Usage | None:
    used = answer.whole_number("Used")
    return None if used is None else Usage(used, 100, 0.0)


async def failure(client: RestClient) -> ExchangeUnavailable:
    with pytest.raises(ExchangeUnavailable) as caught:
        await client.get("/path")
    return caught.value


@pytest.mark.parametrize("size", [1_000, 140_000, 1_000_000])  # the end of a large body arrives while reading pauses
async def test_a_connection_that_idled_for_longer_than_a_stall_may_take_is_used_again(
    server: Server, client: RestClient, size: int
) -> None:
    server.body = b"x" * size
    for _ in range(3):
        assert len((await client.get("/path")).body) == size
        await asyncio.sleep(2 * STALL_SECONDS)
    assert len(server.connections) == 1


async def test_the_last_known_use_of_the_limit_is_kept(server: Server, client: RestClient) -> None:
    for count in ("7", "", "-1", "1e3", "²", "9" * 12):  # only the first is a count
        server.headers = {"Used": count}
        await client.get("/path")
    assert client.last_usage == Usage(7, 100, 0.0)


@pytest.mark.parametrize(
    ("status", "body", "reason", "is_transient"),
    [
        (500, b"", FailureReason.SERVER_ERROR, True),
        (503, b"", FailureReason.SERVER_ERROR, True),
        (400, b"", FailureReason.REFUSED, False),
        (301, b"", FailureReason.REFUSED, False),
        (403, b"", FailureReason.BLOCKED, False),
        (403, b"error code: 1015", FailureReason.RATE_LIMITED, False),
        (418, b"", FailureReason.RATE_LIMITED, False),
        (429, b"", FailureReason.RATE_LIMITED, False),
        (451, b"", FailureReason.BLOCKED, False),
    ],
)
async def test_a_status_is_a_reason(
    server: Server, client: RestClient, status: int, body: bytes, reason: FailureReason, *, is_transient: bool
) -> None:
    server.status, server.body = status, body
    failed = await failure(client)
    assert (failed.reason, failed.is_transient) == (reason, is_transient)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("12", 12.0),
        ("0", rest.MIN_PAUSE_SECONDS),
        ("-3", rest.MIN_PAUSE_SECONDS),
        ("1e9", rest.MAX_PAUSE_SECONDS),
        ("soon", rest.DEFAULT_PAUSE_SECONDS),
        ("nan", rest.DEFAULT_PAUSE_SECONDS),
        ("inf", rest.DEFAULT_PAUSE_SECONDS),
        ("Thu, 01 Jan 1970 00:00:00 GMT", rest.MIN_PAUSE_SECONDS),
    ],
)
async def test_a_rate_limit_lasts_as_long_as_it_says_within_bounds(
    server: Server, client: RestClient, header: str, seconds: float
) -> None:
    server.status, server.headers = 429, {"Retry-After": header}
    assert (await failure(client)).retry_after_seconds == seconds


async def test_a_rate_limit_may_last_until_a_date(server: Server, client: RestClient) -> None:
    server.status = 429
    server.headers = {"Retry-After": format_datetime(datetime.fromtimestamp(NOON + 60, UTC), usegmt=True)}
    assert (await failure(client)).retry_after_seconds == 60


async def test_the_exchanges_own_way_to_name_a_pause_counts_without_a_retry_after(server: Server) -> None:
    server.status = 429
    async with connected(server, pause_seconds=4.0) as client:
        assert (await failure(client)).retry_after_seconds == 4.0
        server.headers = {"Retry-After": "9"}
        assert (await failure(client)).retry_after_seconds == 9.0


async def test_a_body_over_the_bound_is_given_up(
    server: Server, client: RestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest, "MAX_BODY_BYTES", 1000)
    server.body = b"x" * 1001
    failed = await failure(client)
    assert (failed.reason, failed.is_transient) == (FailureReason.BAD_BODY, False)
    server.body = b"x" * 1000
    assert len((await client.get("/path")).body) == 1000


@pytest.mark.parametrize("error", [ValueError("no price at all" * 50), OverflowError(), RecursionError()])
async def test_an_error_from_parsing_is_a_bad_body_told_in_brief(client: RestClient, error: Exception) -> None:
    with pytest.raises(ExchangeUnavailable) as caught, client.reading():
        raise error
    assert (caught.value.reason, caught.value.is_transient) == (FailureReason.BAD_BODY, True)
    assert len(caught.value.detail) <= 200
