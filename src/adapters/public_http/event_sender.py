"""Sends events with aiohttp, to nobody inside our own network."""

import asyncio
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from adapters.public_http.resolver import StrangersResolver
from application.webhooks.ports.event_sender import EventSender
from domain.webhooks.delivery import Answer
from domain.webhooks.url import WebhookUrl, is_public

# From resolving the host to the answer's status.
TIMEOUT_SECONDS = 10.0
CONNECT_SECONDS = 5.0

# Nothing after an answer's status is read, and this is the most of its headers.
MOST_HEADER_BYTES = 8190

NOT_PUBLIC = "the host has an address that is not public"

_Address = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]]


class _NotPublicError(OSError):
    """An address that nothing may be sent to."""

    def __init__(self) -> None:
        super().__init__(NOT_PUBLIC)


class _PublicResolver(AbstractResolver):
    """Refuses a host that has any address which is not public."""

    def __init__(self, resolver: AbstractResolver) -> None:
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        if not all(is_public(each["host"]) for each in found):
            raise _NotPublicError
        return found

    async def close(self) -> None:
        await self._resolver.close()


def _public_socket(address: _Address) -> socket.socket:
    """Make the socket for a connection to this very address: the last place to look, whatever was resolved before."""
    family, kind, protocol, _, place = address
    if not is_public(str(place[0])):
        raise _NotPublicError
    return socket.socket(family, kind, protocol)


class HttpEventSender(EventSender):
    """An async context manager. Each event has a connection of its own, so that no name is resolved for another one.

    It uses no proxy: one would resolve the host again, and connect where we would not.
    """

    def __init__(
        self,
        *,
        allows_private_networks: bool = False,
        resolver: AbstractResolver | None = None,
        certificates: ssl.SSLContext | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        strangers = resolver or StrangersResolver()
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,  # the places for webhooks bound it
                force_close=True,
                use_dns_cache=False,
                resolver=strangers if allows_private_networks else _PublicResolver(strangers),
                socket_factory=None if allows_private_networks else _public_socket,
                ssl=certificates or True,
            ),
            timeout=aiohttp.ClientTimeout(total=timeout_seconds, sock_connect=CONNECT_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "crossrate-webhooks", "Content-Type": "application/json"},
            auto_decompress=False,
            max_line_size=MOST_HEADER_BYTES,
            max_field_size=MOST_HEADER_BYTES,
        )
        self._timeout_seconds = timeout_seconds

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self._session.close()

    async def send(self, url: WebhookUrl, headers: Mapping[str, str], body: bytes) -> Answer:
        """Post the event, and read the status of the answer."""
        started = time.perf_counter()
        status, error = await self._posted(url, headers, body)
        return Answer(status, error, time.perf_counter() - started)

    async def _posted(self, url: WebhookUrl, headers: Mapping[str, str], body: bytes) -> tuple[int | None, str | None]:
        to = URL(url, encoded=True)
        try:
            async with (
                asyncio.timeout(self._timeout_seconds),  # aiohttp's own ends only what aiohttp waits for
                self._session.post(to, headers=headers, data=body, allow_redirects=False) as response,
            ):
                return response.status, _reason(response.status)
        except TimeoutError:
            return None, f"no answer within {self._timeout_seconds:g} seconds"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return None, _failure(error)


def _reason(status: int) -> str | None:
    return f"HTTP {status}: redirects are not followed" if 300 <= status < 400 else None


def _failure(error: Exception) -> str:
    """Say what went wrong in our own words: the library's name addresses."""
    found = list(_causes(error))
    for kind, words in _FAILURES:
        if any(isinstance(each, kind) for each in found):
            return words
    return "the connection failed"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


_FAILURES: tuple[tuple[type[BaseException], str], ...] = (
    (_NotPublicError, NOT_PUBLIC),
    (aiohttp.ClientConnectorDNSError, "the host name cannot be resolved"),
    (aiohttp.ClientConnectorCertificateError, "the certificate is not valid for the host"),
    (ssl.SSLError, "the TLS connection failed"),
    (ConnectionRefusedError, "the connection was refused"),
    (aiohttp.ServerDisconnectedError, "the connection was closed without an answer"),
    (ConnectionResetError, "the connection was reset"),
    (aiohttp.ClientResponseError, "the answer is not HTTP"),
    (aiohttp.InvalidURL, "the URL cannot be used"),
)
