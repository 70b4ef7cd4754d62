"""An application with endpoints of a test's own behind the real middleware, over a database in memory."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_network
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.typedefs import Handler
from aiohttp.web_urldispatcher import UrlMappingMatchInfo
from dependency_injector import providers

from domain.identity.api_key import KeyName, Scope
from domain.identity.caller import Caller
from domain.identity.session import Session
from domain.identity.user import Role, User
from entrypoints.http.problem_pages.catalogue import PROBLEM_TABLE as ALL_PROBLEMS
from entrypoints.http.server.access.guard import PUBLIC, Access
from entrypoints.http.server.aiohttp_hooks import route_with
from entrypoints.http.server.app_keys import (
    ACCEPTS_KEY_IN_QUERY,
    CONTAINER,
    LIFECYCLE,
    PROBLEM_TABLE,
    REQUEST_METER,
    VERIFIED_CREDENTIALS,
    Lifecycle,
)
from entrypoints.http.server.endpoint import Endpoint
from entrypoints.http.server.long_answers import EXPORTING, READING_ROWS, READING_TARGETS
from entrypoints.http.server.matching import Unmatched, with_answers
from entrypoints.http.server.rate_limiting import TRUSTED_PROXIES
from entrypoints.http.server.responding import make_account, make_respond
from entrypoints.http.server.unknown_paths import path_not_found
from entrypoints.http.server.verified_credentials import VerifiedCredentials
from entrypoints.settings.settings import Settings
from entrypoints.wiring.application import ApplicationContainer
from tests.unit.fakes.accounts import session, user
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.database import FakeDatabase

Client = TestClient[web.Request, web.Application]


@dataclass
class CountedRequests:
    """A request meter that remembers what it counted."""

    counted: list[tuple[str | None, int]] = field(default_factory=list)
    closed: Counter[str] = field(default_factory=Counter)

    def request_answered(self, route: str | None, status: int, seconds: float) -> None:
        assert seconds >= 0
        self.counted.append((route, status))

    def streaming(self) -> AbstractContextManager[None]:
        return nullcontext()

    def connections_closed(self, reason: str, count: int) -> None:
        self.closed[reason] += count


class Harness:
    """The settings, users and keys of one test."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 -- whatever settings take
        self.settings = Settings(_env_file=None, **settings)
        self.clock, self.database = FakeClock(), FakeDatabase()
        self.meter, self.lifecycle = CountedRequests(), Lifecycle()
        self.lines: list[Mapping[str, object]] = []
        self.container = ApplicationContainer(settings=self.settings, sessions={}, jwt_secret=b"x" * 32)
        self.container.core().clock.override(providers.Object(self.clock))
        self.container.storage().database.override(providers.Object(self.database))
        self.identity = self.container.identity()

    async def user(self, name: str = "Ada", role: Role = Role.USER) -> User:
        """Add a user."""
        made = user(name, role=role)
        async with self.database.writing() as work:
            await work.users.add(made)
        return made

    async def token(self, of: User) -> str:
        """Return an access token of a new session."""
        started = await self._session(of)
        return self.identity.tokens().write_access(started, started.expires_at)

    async def key(self, of: User, *scopes: Scope) -> str:
        """Return a new API key."""
        caller = Caller(of, frozenset(Scope), session_id=(await self._session(of)).id)
        _, secret = await self.identity.create_api_key()(
            caller=caller, name=KeyName("a key"), scopes=frozenset(scopes), expires_at=None, address="192.0.2.1"
        )
        return secret.format()

    async def _session(self, of: User) -> Session:
        started = session(of)
        async with self.database.writing() as work:
            await work.sessions.add(started)
        return started

    @asynccontextmanager
    async def serving(self, handler: Handler, access: Access = PUBLIC, *, method: str = "GET") -> AsyncIterator[Client]:
        """Serve one endpoint at `/it`."""
        app = web.Application()
        app[TRUSTED_PROXIES] = tuple(map(ip_network, self.settings.trusted_proxies))
        app[VERIFIED_CREDENTIALS] = VerifiedCredentials()
        app[ACCEPTS_KEY_IN_QUERY] = self.settings.api_key_in_query
        app[EXPORTING], app[READING_ROWS], app[READING_TARGETS] = asyncio.Lock(), asyncio.Lock(), asyncio.Lock()
        app[LIFECYCLE], app[PROBLEM_TABLE] = self.lifecycle, ALL_PROBLEMS
        app[CONTAINER], app[REQUEST_METER] = self.container, self.meter
        respond = make_respond(app, make_account(app, self._log))
        endpoint = _endpoint(handler=handler, access=access, method=method)
        routes = web.UrlDispatcher()
        routes.add_routes(with_answers(route, respond) for route in endpoint.routes(self.settings))

        async def resolve(request: web.Request) -> UrlMappingMatchInfo:
            found = await routes.resolve(request)
            failure = found.http_exception
            return found if failure is None else Unmatched(failure, respond, path_not_found)

        route_with(app, resolve)
        async with TestClient(TestServer(app)) as client:
            yield client

    def _log(self, **fields: object) -> None:
        self.lines.append(fields)


_endpoint: Callable[..., Endpoint] = partial(
    Endpoint, path="/it", id="it", tag="Test", summary="For a test", answer=None
)


async def statuses(client: Client, times: int, headers: Mapping[str, str] | None = None) -> list[int]:
    """Ask so many times, and return the statuses."""
    return [(await client.get("/it", headers=headers)).status for _ in range(times)]


def bearer(token: str) -> dict[str, str]:
    """Return the header for an access token."""
    return {"Authorization": f"Bearer {token}"}


def limit_headers(headers: Iterable[str]) -> set[str]:
    """Return the names of rate limit headers among `headers`."""
    return {name for name in headers if name.startswith("RateLimit")}
