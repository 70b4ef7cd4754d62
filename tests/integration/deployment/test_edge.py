"""The edge of the compose stack: a real Caddy with its configuration, in front of servers inside the test process."""

import asyncio
import json
import os
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from tests.servers.caddy import Edge, running_edge
from tests.servers.certificates import make_certificates
from tests.servers.packages import packaged
from tests.servers.serving import serving
from tests.servers.source import free_port
from tests.waiting import eventually

NAME = "rates.example.test"

PUBLIC = [
    "/",
    "/docs",
    "/swagger",
    "/redoc",
    "/openapi.json",
    "/static/page.css",
    "/problems/no-route",
    "/api/v1/convert?amount=1",
]

# The last ones mean a closed path once they are decoded and shortened.
CLOSED = [
    "/metrics",
    "/health/ready",
    "/health",
    "/anything",
    "//metrics",
    "/api/../metrics",
    "/api/%2e%2e/metrics",
    "/api/%2e%2e%2fmetrics",
    "/api/..%2Fmetrics",
    "/health/live/../ready",
    "/docs/../metrics",
    "/%6detrics",
]


def upstream(name: str, *, is_ready: bool = True) -> web.Application:
    """A server that answers with what it was sent."""

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/health/ready":
            return web.Response(status=200 if is_ready else 503)
        body = {"name": name, "path": request.raw_path, "headers": dict(request.headers)}
        return web.json_response(body, headers={"X-Request-ID": "1"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    return app


@asynccontextmanager
async def upstreams() -> AsyncIterator[tuple[str, str]]:
    async with serving(upstream("draining", is_ready=False)) as draining, serving(upstream("ready")) as ready:
        yield draining.removeprefix("http://"), ready.removeprefix("http://")


@pytest.fixture(scope="module")
async def edge(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Edge]:
    async with upstreams() as servers, running_edge(tmp_path_factory.mktemp("edge"), *servers) as running:
        await eventually(partial(asyncio.to_thread, running.authority.exists))
        await eventually(partial(has_its_certificate, running))
        yield running


async def has_its_certificate(edge: Edge) -> bool:
    """Tell whether the edge has signed its own certificate, a moment after it made its authority."""
    try:
        async with trusting(edge) as session, session.get(url(edge.https, "/health/live")):
            return True
    except aiohttp.ClientConnectorError:
        return False


def trusting(edge: Edge) -> aiohttp.ClientSession:
    """A client that trusts the edge's own authority, and nobody else."""
    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=str(edge.authority)))
    return aiohttp.ClientSession(connector=connector)


@pytest.fixture
async def client(edge: Edge) -> AsyncIterator[aiohttp.ClientSession]:
    async with trusting(edge) as session:
        yield session


def url(base: str, path: str) -> URL:
    return URL(base + path, encoded=True)  # as it is, without shortening


@pytest.mark.parametrize("path", PUBLIC)
async def test_the_api_and_its_documentation_are_public(client: aiohttp.ClientSession, edge: Edge, path: str) -> None:
    async with client.get(url(edge.https, path)) as response:
        assert (response.status, (await response.json())["path"]) == (200, path)


@pytest.mark.parametrize("path", CLOSED)
async def test_metrics_and_readiness_stay_inside(edge: Edge, path: str) -> None:
    # Not aiohttp's client, which shortens paths.
    for port, base in ((edge.http_port, edge.http), (None, edge.https)):
        answer = await asked(base, path, edge.authority if port is None else None)
        assert answer.startswith("HTTP/1.1 404" if port is None else "HTTP/1.1 308"), answer
        assert "X-Request-Id" not in answer.title()


async def asked(base: str, path: str, authority: Path | None) -> str:
    target = URL(base)
    context = None if authority is None else ssl.create_default_context(cafile=str(authority))
    reader, writer = await asyncio.open_connection(target.host, target.port, ssl=context)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return answer.decode()


async def test_plain_http_redirects_to_tls_and_keeps_the_method(client: aiohttp.ClientSession, edge: Edge) -> None:
    async with client.post(f"{edge.http}/api/v1/convert?a=%20b", data=b"{}", allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (308, f"{edge.https}/api/v1/convert?a=%20b")


async def test_liveness_answers_over_both(client: aiohttp.ClientSession, edge: Edge) -> None:
    for base in (edge.http, edge.https):
        async with client.get(f"{base}/health/live") as response:
            assert (response.status, (await response.json())["path"]) == (200, "/health/live")


async def test_the_edge_says_who_the_client_is_and_passes_on_no_claim_of_the_clients(
    client: aiohttp.ClientSession, edge: Edge
) -> None:
    claims = {
        "X-Forwarded-For": "203.0.113.9",
        "Forwarded": "for=203.0.113.9",
        "X-Forwarded-Prefix": "/evil",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "evil.example",
    }
    async with client.get(f"{edge.https}/api/v1/me", headers=claims) as response:
        headers = (await response.json())["headers"]
    assert headers["X-Forwarded-For"] in {"127.0.0.1", "::1"}
    assert headers["X-Forwarded-Proto"] == "https"
    assert "evil" not in json.dumps(headers)
    assert "203.0.113.9" not in json.dumps(headers)


async def test_a_server_that_drains_gets_no_request(client: aiohttp.ClientSession, edge: Edge) -> None:
    for _ in range(10):
        async with client.get(f"{edge.https}/") as response:
            assert (await response.json())["name"] == "ready"


async def test_a_certificate_of_its_own_asks_no_browser_to_insist_on_it(
    client: aiohttp.ClientSession, edge: Edge
) -> None:
    async with client.get(f"{edge.https}/") as response:
        assert "Strict-Transport-Security" not in response.headers
        assert "Server" not in response.headers
        assert "Alt-Svc" not in response.headers


async def test_a_client_that_names_no_host_is_answered_too(edge: Edge) -> None:
    port = URL(edge.https).port
    async with aiohttp.ClientSession() as session, session.get(f"https://127.0.0.1:{port}/", ssl=False) as response:
        assert response.status == 200


async def test_a_head_that_is_too_long_is_rejected(client: aiohttp.ClientSession, edge: Edge) -> None:
    async with client.get(f"{edge.https}/", headers={"X-Long": "x" * 40_000}) as response:
        assert response.status == 431


async def test_a_given_certificate_is_used_and_browsers_are_to_insist_on_it(tmp_path: Path) -> None:
    made = make_certificates(tmp_path / "made", name=f"DNS:{NAME}")
    made.certificate.rename(tmp_path / "certificate.pem")
    made.key.rename(tmp_path / "key.pem")
    variables = {"EDGE_TLS": "given", "EDGE_CERTIFICATES": str(tmp_path)}
    async with upstreams() as servers, running_edge(tmp_path, *servers, name=NAME, variables=variables) as edge:
        await insists_on_tls(edge, made.authority)


async def test_a_certificate_is_fetched_by_acme(tmp_path: Path) -> None:
    packaged("pebble")
    http_port = free_port()
    async with running_pebble(tmp_path, http_port) as (directory, authority, root):
        variables = {"EDGE_TLS": "acme", "EDGE_ACME_DIRECTORY": directory, "SSL_CERT_FILE": str(authority)}
        async with (
            upstreams() as servers,
            running_edge(tmp_path, *servers, http_port=http_port, name=NAME, variables=variables) as edge,
        ):
            await insists_on_tls(edge, root)


@asynccontextmanager
async def running_pebble(folder: Path, http_port: int) -> AsyncIterator[tuple[str, Path, Path]]:
    """Start an ACME server that finds every host at 127.0.0.1.

    Gives the URL of its directory, the authority of its own certificate, and the one that it signs with.
    """
    made = make_certificates(folder / "pebble")
    acme, management, dns, unused = (free_port() for _ in range(4))
    settings = {
        "listenAddress": f"127.0.0.1:{acme}",
        "managementListenAddress": f"127.0.0.1:{management}",
        "certificate": str(made.certificate),
        "privateKey": str(made.key),
        "httpPort": http_port,
        "tlsPort": unused,
    }
    (folder / "pebble.json").write_text(json.dumps({"pebble": settings}))
    names = ["pebble-challtestsrv", "-dns01", f"127.0.0.1:{dns}", "-defaultIPv6", "", "-http01", "", "-https01", ""]
    names += ["-tlsalpn01", "", "-management", f"127.0.0.1:{unused}"]
    server = ["pebble", "-config", str(folder / "pebble.json"), "-dnsserver", f"127.0.0.1:{dns}"]
    quick = os.environ | {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"}
    async with running_command(*names), running_command(*server, environment=quick):
        directory = f"https://127.0.0.1:{acme}/dir"
        await fetched(directory, made.authority)
        (folder / "root.pem").write_text(await fetched(f"https://127.0.0.1:{management}/roots/0", made.authority))
        yield directory, made.authority, folder / "root.pem"


@asynccontextmanager
async def running_command(*command: str, environment: Mapping[str, str] = os.environ) -> AsyncIterator[None]:
    nowhere = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=nowhere, stderr=nowhere)
    try:
        yield
    finally:
        assert process.returncode is None, f"{command[0]} ended by itself"
        process.terminate()
        await process.wait()


async def fetched(url: str, authority: Path) -> str:
    """Fetch it from a server that may still be starting."""
    context, texts = ssl.create_default_context(cafile=str(authority)), []

    async def answers() -> bool:
        try:
            async with aiohttp.ClientSession() as session, session.get(url, ssl=context) as response:
                texts.append(await response.text())
        except aiohttp.ClientError:
            return False
        return True

    await eventually(answers)
    return texts[0]


async def insists_on_tls(edge: Edge, authority: Path) -> None:
    """Check that a client which trusts only this authority is answered with the header that names TLS for a year."""
    context = ssl.create_default_context(cafile=str(authority))
    port = URL(edge.https).port

    async def answers() -> bool:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=NAME)
        except ssl.SSLError:
            return False
        writer.write(f"GET /api/v1/me HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n".encode())
        answer = (await reader.read()).decode().lower()
        writer.close()
        assert answer.startswith("http/1.1 200"), answer
        assert "\r\nstrict-transport-security: max-age=31536000\r\n" in answer
        return True

    await eventually(answers)
