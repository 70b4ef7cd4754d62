"""Why an exchange gave no usable answer, over real sockets: the reason is named, and no secret."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from adapters.binance.market_data import Binance
from domain.rates.errors import ExchangeUnavailable
from tests.servers.certificates import make_certificates
from tests.servers.service_process import running_process
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.meter import FakeMeter

Handle = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
HTML = b"<html>Blocked by Example Corp</html>"


def saying(answer: bytes, *, is_reset: bool = False) -> Handle:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        if is_reset:
            writer.transport.abort()
        writer.close()

    return handle


def with_body(body: bytes, *headers: bytes) -> bytes:
    return HEAD + b"".join(header + b"\r\n" for header in headers) + b"Content-Length: %d\r\n\r\n" % len(body) + body


@asynccontextmanager
async def listening(handle: Handle, encryption: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    async with await asyncio.start_server(handle, "127.0.0.1", 0, ssl=encryption) as server:
        yield server.sockets[0].getsockname()[1]


def shown(folder: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "server.crt", folder / "server.key")
    return context


async def detail(url: str, trusted: Path | None = None) -> str:
    """Return the detail that Binance's adapter gives of the failure."""
    encryption = ssl.create_default_context(cafile=trusted) if trusted else True
    timeout = aiohttp.ClientTimeout(total=10)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=encryption), timeout=timeout) as session:
        exchange = Binance(base_url=url, session=session, clock=FakeClock(), meter=FakeMeter())
        with pytest.raises(ExchangeUnavailable) as caught:
            await exchange.fetch_book_tickers()
    assert len(caught.value.detail) < 200
    return caught.value.detail


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (HEAD + b"X-Policy: " + b"secret" * 2000 + b"\r\n\r\n", "a header of its answer is over 8190 bytes"),
        (HEAD + b"X: 1\r\n" * 500 + b"\r\n", "its answer is not valid HTTP: Too many headers received"),
        (b"220 mail.example ESMTP\r\n", "its answer is not valid HTTP: Bad status line"),
        (HEAD + b"secret\r\n\r\n", "its answer is not valid HTTP: Invalid header token"),
        (b"", "the connection was closed without an answer"),
        (HEAD + b"Content-Length: 9\r\n\r\n[", "the body broke off"),
        (with_body(b"secret", b"Content-Encoding: gzip"), "the body cannot be decompressed"),
        (with_body(HTML).replace(b"application/json", b"text/html; charset=x"), "the body is not JSON but text/html"),
        (with_body(HTML), "the body is not JSON"),
        (with_body(b" "), "the body is not JSON but empty"),
        (
            with_body(b'{"secret": 1}'),
            "the body is not the expected document: Expected `array`, got `object`",
        ),
        (
            b"HTTP/1.1 302 Found\r\nLocation: https://u:secret@login.example/in?key=secret#secret\r\n\r\n",
            "HTTP 302, which redirects to https://login.example/in",
        ),
        (b"HTTP/1.1 301 Moved\r\nLocation: /elsewhere\r\n\r\n", "HTTP 301, which redirects to /elsewhere"),
        (b"HTTP/1.1 301 Moved\r\nLocation: http://[\r\n\r\n", "HTTP 301"),
        (b"HTTP/1.1 301 Moved\r\n\r\n", "HTTP 301"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_an_unusable_answer_is_described_without_its_data(answer: bytes, expected: str) -> None:
    async with listening(saying(answer)) as port:
        assert await detail(f"http://127.0.0.1:{port}") == expected


async def test_a_reset_connection_is_distinguished_from_a_refused_one() -> None:
    async with listening(saying(b"", is_reset=True)) as port:
        assert (await detail(f"http://127.0.0.1:{port}")).startswith("the connection ")
    assert await detail(f"http://127.0.0.1:{port}") == f"no connection to 127.0.0.1:{port}: Connection refused"


async def test_an_unknown_host_is_named() -> None:
    failure = await detail("http://user:secret@nowhere.invalid/path?key=secret")
    assert failure.startswith("the name nowhere.invalid could not be resolved: ")


async def test_an_invalid_url_is_reported() -> None:
    assert await detail("http://127.0.0.1:99999") == "its URL is not valid"


@pytest.mark.parametrize(
    ("name", "days", "is_trusted", "expected"),
    [
        ("IP:127.0.0.1", 2, False, "unable to get local issuer certificate; SSL_CERT_FILE names your own authority"),
        ("DNS:api.example", 2, True, "IP address mismatch, certificate is not valid for '127.0.0.1'"),
        ("IP:127.0.0.1", -1, True, "certificate has expired"),
    ],
)
async def test_a_rejected_certificate_is_explained(
    tmp_path: Path, name: str, days: int, is_trusted: bool, expected: str
) -> None:
    made = make_certificates(tmp_path, name=name, days=days)
    async with listening(saying(HEAD), shown(tmp_path)) as port:
        detailed = await detail(f"https://127.0.0.1:{port}", made.authority if is_trusted else None)
    assert detailed == f"its certificate is rejected: {expected}"


async def test_a_server_without_tls_is_distinguished_from_one_with_a_bad_certificate() -> None:
    async def plain(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with listening(plain) as port:
        failure = await detail(f"https://127.0.0.1:{port}")
    assert failure == f"no connection to 127.0.0.1:{port}: TLS failed, wrong version number"


async def test_the_log_and_the_problem_have_the_same_reason(client: aiohttp.ClientSession, tmp_path: Path) -> None:
    make_certificates(tmp_path)
    async with (
        listening(saying(HEAD), shown(tmp_path)) as port,
        running_process(f"https://127.0.0.1:{port}", client, tmp_path, log_format="json") as process,
    ):
        answer = await process.service.convert()
        readiness = await process.service.readiness()
        events = process.events("exchange_failed")
    expected = (
        "its certificate is rejected: unable to get local issuer certificate; SSL_CERT_FILE names your own authority"
    )
    assert answer.status == 503
    assert f"binance: {expected}" in answer.json["detail"]
    assert readiness["dependencies"]["binance"]["detail"] == f"network: {expected}"
    assert {(event["detail"], event["cause"]) for event in events} == {(expected, "ClientConnectorCertificateError")}
