"""Events reach receivers over real sockets, and never an address inside a network."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from adapters.public_http.event_sender import NOT_PUBLIC, HttpEventSender
from adapters.public_http.resolver import StrangersResolver
from domain.webhooks.url import WebhookUrl
from tests.servers.certificates import make_certificates

HEADERS = {"webhook-id": "an id"}
Handle = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Receiver:
    """A server on 127.0.0.1 that writes what it is told to."""

    def __init__(self, answer: bytes = b"HTTP/1.1 204 No Content\r\n\r\n", *, handle: Handle | None = None) -> None:
        self.answer = answer
        self.connections = 0
        self.requests: list[bytes] = []
        self.port = 0
        self._handle = handle

    @asynccontextmanager
    async def running(self, certificates: ssl.SSLContext | None = None) -> AsyncIterator["Receiver"]:
        server = await asyncio.start_server(self._receive, "127.0.0.1", 0, ssl=certificates)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            if self._handle is not None:
                await self._handle(reader, writer)
                return
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            self.requests.append(head + await reader.readexactly(length))
            writer.write(self.answer)
            await writer.drain()
        finally:
            writer.close()


class Names(AbstractResolver):
    """Answers with these addresses for every name, one list after another."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002 -- the library names it
    ) -> list[ResolveResult]:
        self.asked += 1
        addresses = self._answers[min(self.asked, len(self._answers)) - 1]
        return [
            ResolveResult(
                hostname=host,
                host=each,
                port=port,
                family=socket.AF_INET6 if ":" in each else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for each in addresses
        ]

    async def close(self) -> None: ...


async def test_an_event_is_posted_and_its_answer_told() -> None:
    async with Receiver().running() as receiver, HttpEventSender(allows_private_networks=True) as sender:
        answer = await sender.send(WebhookUrl(f"http://127.0.0.1:{receiver.port}/a%2Fb?c=d"), HEADERS, b'{"x":1}')
    assert (answer.status, answer.error, answer.is_accepted) == (204, None, True)
    (request,) = receiver.requests
    assert request.startswith(b"POST /a%2Fb?c=d HTTP/1.1\r\n")
    assert request.endswith(b'\r\n\r\n{"x":1}')
    assert b"\r\nContent-Type: application/json\r\n" in request
    assert b"\r\nwebhook-id: an id\r\n" in request


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        (
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:PORT/\r\n\r\n",
            302,
            "HTTP 302: redirects are not followed",
        ),
        (b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /\r\n\r\n", 307, "HTTP 307: redirects are not followed"),
        (b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\nboom", 500, None),
        (b"", None, "the connection was closed without an answer"),
        (b"not HTTP at all\r\n\r\n", None, "the answer is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n", None, "the answer is not HTTP"),
    ],
)
async def test_answers_are_told_and_redirects_are_not_followed(answer: bytes, status: int | None, error: str) -> None:
    async with Receiver().running() as receiver, HttpEventSender(allows_private_networks=True) as sender:
        receiver.answer = answer.replace(b"PORT", str(receiver.port).encode())
        told = await sender.send(WebhookUrl(f"http://127.0.0.1:{receiver.port}/"), HEADERS, b"{}")
    assert (told.status, told.error, told.is_accepted) == (status, error, False)
    assert receiver.connections == 1


async def test_a_body_that_never_ends_is_not_read() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x" * 65536)
            await writer.drain()

    async with (
        Receiver(handle=endless).running() as receiver,
        HttpEventSender(allows_private_networks=True, timeout_seconds=5) as sender,
    ):
        answer = await sender.send(WebhookUrl(f"http://127.0.0.1:{receiver.port}/"), HEADERS, b"{}")
    assert answer.is_accepted
    assert answer.seconds < 4


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: "])
async def test_a_receiver_that_never_answers_is_left_in_time(sent: bytes) -> None:
    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        await asyncio.sleep(5)

    async with (
        Receiver(handle=silent).running() as receiver,
        HttpEventSender(allows_private_networks=True, timeout_seconds=0.2) as sender,
    ):
        answer = await sender.send(WebhookUrl(f"http://127.0.0.1:{receiver.port}/"), HEADERS, b"{}")
    assert (answer.status, answer.error) == (None, "no answer within 0.2 seconds")


async def test_a_name_that_nobody_resolves_is_left_in_time() -> None:
    class Silent(Names):
        async def resolve(self, *_: object) -> list[ResolveResult]:
            await asyncio.sleep(60)
            raise AssertionError

    async with HttpEventSender(resolver=Silent(), timeout_seconds=0.2) as sender:
        answer = await sender.send(WebhookUrl("https://example.com/"), HEADERS, b"{}")
    assert answer.error == "no answer within 0.2 seconds"


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["10.0.0.1"],
        ["169.254.169.254"],
        ["93.184.215.14", "127.0.0.1"],
        ["64:ff9b::7f00:1"],
    ],
)
async def test_a_name_with_any_address_inside_a_network_gets_no_connection(addresses: list[str]) -> None:
    async with Receiver().running() as receiver, HttpEventSender(resolver=Names(addresses)) as sender:
        answer = await sender.send(WebhookUrl(f"https://example.com:{receiver.port}/"), HEADERS, b"{}")
    assert (answer.status, answer.error) == (None, NOT_PUBLIC)
    assert receiver.connections == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "localhost"])
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_an_address_in_the_url_is_checked_where_the_connection_is_made(scheme: str, host: str) -> None:
    async with Receiver().running() as receiver, HttpEventSender() as sender:
        answer = await sender.send(WebhookUrl(f"{scheme}://{host}:{receiver.port}/"), HEADERS, b"{}")
    assert (answer.status, answer.error) == (None, NOT_PUBLIC)
    assert receiver.connections == 0


async def test_the_name_is_resolved_once_so_that_it_cannot_change_after_the_check() -> None:
    names = Names(["192.0.2.1"], ["127.0.0.1"])
    async with Receiver().running() as receiver, HttpEventSender(resolver=names, timeout_seconds=0.3) as sender:
        await sender.send(WebhookUrl(f"https://example.com:{receiver.port}/"), HEADERS, b"{}")
        assert names.asked == 1
        answer = await sender.send(WebhookUrl(f"https://example.com:{receiver.port}/"), HEADERS, b"{}")
    assert answer.error == NOT_PUBLIC
    assert receiver.connections == 0


async def test_a_certificate_for_another_host_is_refused(tmp_path: Path) -> None:
    certificates = make_certificates(tmp_path, name="DNS:good.example")
    served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    served.load_cert_chain(certificates.certificate, certificates.key)
    trusted = ssl.create_default_context(cafile=certificates.authority)
    async with (
        Receiver().running(served) as receiver,
        HttpEventSender(allows_private_networks=True, resolver=Names(["127.0.0.1"]), certificates=trusted) as trusting,
        HttpEventSender(allows_private_networks=True, resolver=Names(["127.0.0.1"])) as usual,
    ):
        good = await trusting.send(WebhookUrl(f"https://good.example:{receiver.port}/"), HEADERS, b"{}")
        other = await trusting.send(WebhookUrl(f"https://other.example:{receiver.port}/"), HEADERS, b"{}")
        unknown = await usual.send(WebhookUrl(f"https://good.example:{receiver.port}/"), HEADERS, b"{}")
    assert good.is_accepted
    assert other.error == unknown.error == "the certificate is not valid for the host"
    assert len(receiver.requests) == 1


async def test_a_refused_connection_and_an_unknown_name_are_told_in_words() -> None:
    class Unknown(Names):
        async def resolve(self, *_: object) -> list[ResolveResult]:
            raise OSError("nobody knows it")

    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        async with HttpEventSender(allows_private_networks=True) as sender:
            refused = await sender.send(WebhookUrl(f"http://127.0.0.1:{port}/"), HEADERS, b"{}")
    async with HttpEventSender(resolver=Unknown()) as sender:
        unknown = await sender.send(WebhookUrl("https://example.com/"), HEADERS, b"{}")
    assert refused.error == "the connection was refused"
    assert unknown.error == "the host name cannot be resolved"


async def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Receiver().running() as proxy, Receiver().running() as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        async with HttpEventSender(allows_private_networks=True) as sender:
            await sender.send(WebhookUrl(f"http://127.0.0.1:{receiver.port}/"), HEADERS, b"{}")
    assert (proxy.connections, receiver.connections) == (0, 1)


async def test_the_resolver_finds_addresses_in_threads_of_its_own() -> None:
    resolver = StrangersResolver()
    found = await resolver.resolve("localhost", 443)
    assert {each["host"] for each in found} <= {"127.0.0.1", "::1"}
    assert found
    for wrong in ("a" * 70 + ".example", "no such name"):
        with pytest.raises(OSError, match=r".+"):
            await resolver.resolve(wrong, 443)
    await resolver.close()
