"""The service on a real socket, and what it answers."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import orjson
from dependency_injector import providers
from multidict import CIMultiDictProxy
from yarl import URL

from application.ports.clock import Clock
from entrypoints.http.app import create_app
from entrypoints.settings.settings import Settings
from entrypoints.wiring.application import ApplicationContainer
from tests.integration.service.stand_ins import StandIns
from tests.secrecy import secrets_of
from tests.servers.simulator import running_simulator

CONVERT = "/api/v1/convert"
PATIENCE_SECONDS = 20.0
JWT_SECRET = "a secret of the tests, and of nobody else, as long as any algorithm asks for"  # noqa: S105 -- nothing but tests is signed with it


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, and how long it took from here."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes
    seconds: float

    @property
    def json(self) -> Any:  # noqa: ANN401 -- any JSON
        return orjson.loads(self.body)


class Service:
    """A client of one running service."""

    def __init__(self, url: str, client: aiohttp.ClientSession) -> None:
        self.url = url
        self._client = client

    async def ask(self, method: str, path: str, **options: Any) -> Answer:  # noqa: ANN401 -- aiohttp's own options
        """Send one request; `path` is taken as it is, encoded already."""
        started = time.perf_counter()
        async with self._client.request(method, URL(self.url + path, encoded=True), **options) as response:
            body = await response.read()
        return Answer(response.status, response.headers, body, time.perf_counter() - started)

    async def convert(
        self, currency_from: object = "BTC", currency_to: object = "USDT", amount: object = 1, **fields: object
    ) -> Answer:
        """Convert by POST."""
        asked = {"currency_from": currency_from, "currency_to": currency_to, "amount": amount, **fields}
        return await self.post(orjson.dumps(asked))

    async def post(self, body: bytes | AsyncIterator[bytes], headers: Mapping[str, str] | None = None) -> Answer:
        """Send a body as it is, as JSON if `headers` do not say otherwise."""
        return await self.ask(
            "POST",
            CONVERT,
            data=body,
            headers={"Content-Type": "application/json"} if headers is None else headers,
            skip_auto_headers=("Content-Type",),
        )

    async def get(self, *pairs: tuple[str, str]) -> Answer:
        """Convert by GET."""
        return await self.ask("GET", f"{CONVERT}?{URL.build(query=pairs).raw_query_string}")

    async def readiness(self) -> Any:  # noqa: ANN401 -- any JSON
        """Return the body of /health/ready."""
        answer = await self.ask("GET", "/health/ready")
        assert answer.status == 200
        return answer.json


@asynccontextmanager
async def running_service(
    stand_ins: StandIns,
    client: aiohttp.ClientSession,
    clock: Clock,
    **settings: Any,  # noqa: ANN401
) -> AsyncIterator[Service]:
    """Serve in this process, on a free port; `clock` takes the place of the machine's."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="crossrate-test-"))
        chosen = {
            "binance_url": f"{stand_ins.url}/binance",
            "kucoin_url": f"{stand_ins.url}/kucoin",
            "database_url": f"sqlite:///{folder}/crossrate.db",
            "jwt_secret": JWT_SECRET,
            # Off unless a test says otherwise: most count the calls that their own requests make.
            "sync_interval_seconds": 0,
            "quote_pairs": (),  # nobody asks the exchanges but the test
            **settings,
        }
        secrets_of(chosen)
        app = create_app(Settings(_env_file=None, **chosen))
        # The container is made while the application starts; after that, other services must have their own clocks.
        with ApplicationContainer.core.clock.override(providers.Object(clock)):
            url = await stack.enter_async_context(running_simulator(app))
        yield Service(url, client)


def is_problem(answer: Answer, status: int, *fields: str) -> bool:
    """Assert that the answer is a whole RFC 9457 problem; `fields` are those that its `errors` must name."""
    assert answer.status == status, answer.body
    assert answer.headers["Content-Type"].startswith("application/problem+json"), answer.headers
    problem = answer.json
    assert problem["type"].startswith("/problems/")
    assert problem["title"]
    assert problem["status"] == status
    assert problem["detail"]
    assert problem["instance"].startswith("/")
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    assert ("errors" in problem) == (status == 422)
    if status == 422:
        assert [error["field"] for error in problem["errors"]] == list(fields)
        assert all(error["detail"] for error in problem["errors"])
    assert b"Traceback" not in answer.body
    return True


async def quickest(ask: Callable[[], Awaitable[Answer]], within_seconds: float) -> Answer:
    """Ask until an answer comes within the time, five times at most: other work on the machine slows single ones."""
    answer = await ask()
    for _ in range(4):
        if answer.seconds <= within_seconds:
            break
        answer = await ask()
    assert answer.seconds <= within_seconds
    return answer


async def eventually(holds: Callable[[], Awaitable[bool]], within_seconds: float = PATIENCE_SECONDS) -> None:
    """Look until it holds; fail when it has not after `within_seconds`."""
    deadline = time.monotonic() + within_seconds
    while not await holds():
        assert time.monotonic() < deadline, "it never came true"
        await asyncio.sleep(0.01)
