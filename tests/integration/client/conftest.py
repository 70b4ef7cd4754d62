"""A line between the client package and the service that the tests can break."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import TypedDict
from uuid import uuid4

import pytest
from yarl import URL

from crossrate_client import AsyncClient
from tests.integration.identity.client import PASSWORD
from tests.resilience.proxy import Fault, Link, Proxy, running_proxy
from tests.secrecy import secret
from tests.servers.service_client import Service


@dataclass(slots=True)
class LosingAnswers(Fault):
    """So many answers are lost after the service has sent them; `requests` are those that went through."""

    number: int = 0
    requests: list[bytes] = field(default_factory=list)

    async def carry(self, chunk: bytes, link: Link) -> None:
        if not link.is_answer:
            self.requests.append(chunk)
        elif self.number > 0:
            self.number -= 1
            raise ConnectionResetError
        await link.send(chunk)

    def sent(self, what: bytes) -> list[bytes]:
        """Return the requests with this in their first line."""
        return [request for request in self.requests if what in request.partition(b"\r\n")[0]]


@dataclass(frozen=True, slots=True)
class Line:
    """A line to the service; nothing is lost on it yet."""

    url: str
    proxy: Proxy
    fault: LosingAnswers


MakeLine = Callable[[Service], AbstractAsyncContextManager[Line]]


@asynccontextmanager
async def _line(service: Service) -> AsyncIterator[Line]:
    address = URL(service.url)
    async with running_proxy((address.host or "", address.port or 0)) as proxy:
        fault = LosingAnswers()
        proxy.commit(fault)
        yield Line(f"http://127.0.0.1:{proxy.port}", proxy, fault)


@pytest.fixture
def line() -> MakeLine:
    return _line


class User(TypedDict):
    """Who signs in."""

    username: str
    password: str


async def registered(service: Service) -> User:
    """Return the name and the password of a new user."""
    user: User = {"username": f"user-{uuid4().hex[:12]}", "password": secret(PASSWORD, "password")}
    async with AsyncClient(service.url) as client:
        await client.register(**user)
    return user
