"""Where servers listen, for each way to write an address."""

import asyncio

import pytest
from aiohttp import web

from entrypoints.http.server.listening import bracketed, site_of
from entrypoints.settings.settings import Settings
from tests.servers.source import free_port


@pytest.mark.parametrize(
    ("host", "families"),
    [("127.0.0.1", ["127.0.0.1"]), ("0.0.0.0", ["127.0.0.1"]), ("::1", ["::1"]), ("::", ["127.0.0.1", "::1"])],
)
@pytest.mark.parametrize("written", ["{}", "[{}]"])
async def test_each_address_listens_however_it_is_written(host: str, families: list[str], written: str) -> None:
    settings = Settings(_env_file=None, host=written.format(host) if ":" in host else host, port=free_port())
    runner = web.AppRunner(web.Application())
    await runner.setup()
    try:
        await site_of(runner, settings.host, settings.port).start()
        for family in families:
            _, writer = await asyncio.open_connection(family, settings.port)
            writer.close()
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(("host", "expected"), [("::", "[::]:80"), ("127.0.0.1", "127.0.0.1:80"), ("name", "name:80")])
def test_an_ipv6_address_stands_in_brackets_before_a_port(host: str, expected: str) -> None:
    assert bracketed(host, 80) == expected
