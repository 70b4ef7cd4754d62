"""Exchanges that are reached through a real proxy only, tinyproxy, as HTTPS_PROXY, HTTP_PROXY and NO_PROXY say."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from multidict import CIMultiDictProxy
from pydantic import SecretStr

from domain.pair import Pair
from entrypoints.settings.settings import Settings
from entrypoints.simulator.app import simulator_app
from entrypoints.wiring.running import running
from tests.secrecy import searched, secret
from tests.servers.certificates import Certificates, make_certificates
from tests.servers.command import Ended, environment, run_crossrate
from tests.servers.service import RunService
from tests.servers.service_process import SERVE, running_process
from tests.servers.serving import serving
from tests.servers.simulated_exchanges import MARKET, SimulatedExchanges, settings_of
from tests.servers.source import free_port
from tests.servers.tinyproxy import Tinyproxy, running_tinyproxy

USER, PASSWORD = "crossrate", secret("proxy-pass-4711", "proxy password")


@pytest.fixture
async def proxy(tmp_path: Path) -> AsyncIterator[Tinyproxy]:
    async with running_tinyproxy(tmp_path) as proxy:
        yield proxy


@pytest.fixture
async def closed_proxy(tmp_path: Path) -> AsyncIterator[Tinyproxy]:
    async with running_tinyproxy(tmp_path, f"BasicAuth {USER} {PASSWORD}") as proxy:
        yield proxy


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return make_certificates(tmp_path / "certificates")


@asynccontextmanager
async def encrypted_exchanges(certificates: Certificates) -> AsyncIterator[str]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificates.certificate, certificates.key)
    async with serving(simulator_app(MARKET), context) as url:
        yield url


async def converted_once(folder: Path, url: str, **variables: str) -> Ended:
    """Run `crossrate convert`, with these variables beside its settings."""
    settings = environment(**settings_of(url)) | variables
    return await run_crossrate("convert", "1", "BTC", "USDT", folder=folder, environment=settings)


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "ALL_PROXY"])
async def test_exchanges_are_called_through_the_proxy(
    run_service: RunService,
    exchanges: SimulatedExchanges,
    proxy: Tinyproxy,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
) -> None:
    monkeypatch.setenv(variable, proxy.url)
    async with run_service() as service:
        assert (await service.convert()).status == 200
    assert await exchanges.calls("binance") == 2
    assert proxy.has_passed(f"GET {exchanges.url}/binance")


@pytest.mark.parametrize("exception", ["127.0.0.1", "127.0.0.0/8", "example.com, 127.0.0.1:{port}", "*"])
async def test_excepted_hosts_are_called_directly(
    run_service: RunService,
    exchanges: SimulatedExchanges,
    proxy: Tinyproxy,
    monkeypatch: pytest.MonkeyPatch,
    exception: str,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", exception.format(port=exchanges.url.rpartition(":")[2]))
    async with run_service() as service:
        assert (await service.convert()).status == 200
    assert not proxy.has_passed("/binance")


async def test_encrypted_calls_go_through_a_tunnel_and_trust_a_private_authority(
    client: aiohttp.ClientSession, closed_proxy: Tinyproxy, certificates: Certificates, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("HTTPS_PROXY", f"http://{USER}:{PASSWORD}@{closed_proxy.address}")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    async with (
        encrypted_exchanges(certificates) as url,
        running_process(
            url, client, tmp_path, command=SERVE, log_format="json"
        ) as process,  # trust is read at its start
    ):
        answer = await process.service.convert()
        assert (answer.status, answer.json["exchange"]) == (200, "binance"), process.log()
    assert closed_proxy.has_passed(f"CONNECT {url.removeprefix('https://')}")


async def test_one_conversion_on_the_command_line_goes_through_the_proxy(
    exchanges: SimulatedExchanges, proxy: Tinyproxy, tmp_path: Path
) -> None:
    ended = await converted_once(tmp_path, exchanges.url, HTTP_PROXY=proxy.address)  # as people write it too
    assert ended.status == 0, ended.errors
    assert proxy.has_passed("/binance")


async def test_alpha_vantage_is_called_through_the_proxy(
    moving_exchanges: SimulatedExchanges, proxy: Tinyproxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    settings = Settings(
        _env_file=None,
        alphavantage_api_key=SecretStr(secret("key-of-alphavantage", "Alpha Vantage key")),
        alphavantage_url=f"{moving_exchanges.url}/alphavantage",
        database_url=SecretStr(f"sqlite:///{tmp_path}/crossrate.db"),
    )
    async with running(settings) as container:
        await container.storage().database().migrate()
        quote = await container.quotes().sources()[0].quote(Pair.parse("BTC/USD"), is_hourly=False)
    assert quote.source == "alphavantage"
    assert proxy.has_passed("/alphavantage")


@pytest.mark.parametrize(
    ("credentials", "scheme", "reason"),
    [
        ("", "http", "the proxy {address} requires a user and password: HTTP 407"),
        ("", "https", "the proxy {address} requires a user and password: HTTP 407"),
        (f"{USER}:not-{PASSWORD}@", "http", "HTTP 401 through the proxy {address}"),
        (f"{USER}:not-{PASSWORD}@", "https", "the proxy {address} does not connect to it: HTTP 401"),
    ],
)
async def test_a_proxy_that_rejects_the_service_is_named(
    run_service: RunService, closed_proxy: Tinyproxy, monkeypatch: pytest.MonkeyPatch,
    credentials: str, scheme: str, reason: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("ALL_PROXY", f"http://{credentials}{closed_proxy.address}")
    async with run_service(**settings_of(f"{scheme}://127.0.0.1:{free_port()}")) as service:
        answer = await service.convert()
    assert answer.status == 503
    assert f"binance: {reason.format(address=closed_proxy.address)}" in answer.json["detail"]


async def test_a_proxy_that_is_down_is_named_without_its_password(
    run_service: RunService, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"127.0.0.1:{free_port()}"
    monkeypatch.setenv("HTTP_PROXY", f"http://{USER}:{PASSWORD}@{address}")
    async with run_service() as service:
        answer = await service.convert()
    assert (answer.status, answer.json["failures"]) == (503, {"binance": "network", "kucoin": "network"})
    assert f"binance: no connection to {address} of the proxy: Connection refused;" in answer.json["detail"]
    searched(answer.body.decode(), "the answer without a proxy")


async def test_credentials_of_a_netrc_file_are_not_sent_to_exchanges(
    run_service: RunService, proxy: Tinyproxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"default login {USER} password {PASSWORD}\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    received: list[CIMultiDictProxy[str]] = []

    async def receive(request: web.Request) -> web.Response:
        received.append(request.headers)
        return web.Response(status=500)

    app = web.Application()
    app.router.add_get("/{path:.*}", receive)
    async with serving(app) as url, run_service(**settings_of(url)) as service:
        assert (await service.convert()).status == 503
    assert proxy.has_passed(f"GET {url}")
    assert len(received) > 0
    assert not any("Authorization" in headers or "Proxy-Authorization" in headers for headers in received)


async def test_a_socks_proxy_is_refused_at_the_start_unless_the_exchanges_are_excepted(
    exchanges: SimulatedExchanges, tmp_path: Path
) -> None:
    socks = f"socks5://{USER}:{PASSWORD}@127.0.0.1:1080"
    ended = await converted_once(tmp_path, exchanges.url, ALL_PROXY=socks)
    assert ended.status == 2
    assert "ALL_PROXY: socks5:// is not supported" in ended.errors
    assert (await converted_once(tmp_path, exchanges.url, ALL_PROXY=socks, NO_PROXY="127.0.0.1")).status == 0
