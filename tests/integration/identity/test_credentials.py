"""Credentials as clients and proxies really send them, on SQLite and on Postgres; and keys in the query."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.integration.identity.client import Client, Newcomers
from tests.integration.problems import is_problem
from tests.integration.server.test_malformed_requests import sent_raw
from tests.servers.otlp import running_collector
from tests.servers.service import RunService
from tests.servers.service_client import Answer
from tests.servers.service_process import running_process
from tests.servers.simulated_exchanges import SimulatedExchanges

CONVERSION = "/api/v1/convert?currency_from=BTC&currency_to=USDT&amount=1&cache_max_seconds=100000000"
PROXYS = aiohttp.encode_basic_auth("proxy", "its password")
WITH_QUERY: Any = {"api_key_in_query": True, "rate_limit_authenticate": "off", "trusted_proxies": ("127.0.0.1/32",)}


@pytest.fixture
async def key(ada: Client) -> Client:
    return await ada.new_key("convert", "quotes:read", "quotes:write")


async def test_a_key_counts_beside_the_credentials_of_a_proxy_in_front(ada: Client, key: Client) -> None:
    for foreign in (PROXYS, "Bearer of-another-service", "Negotiate YIIJvw", "Basic %"):
        answer = await key.ask("GET", CONVERSION, headers={"Authorization": foreign})
        assert answer.status == 200, answer.body
    beside = {"Authorization": f"Bearer {ada.access}", "X-API-Key": "of-a-gateway"}
    assert (await ada.ask("GET", CONVERSION, headers=beside)).status == 200
    assert (await ada.ask("GET", "/me", headers=beside)).status == 200


async def test_a_key_works_as_the_password_and_as_the_user_name_of_basic(ada: Client, key: Client) -> None:
    for name, password in (("ada", key.key), ("", key.key), (key.key, "")):
        basic = {"Authorization": aiohttp.encode_basic_auth(name, password)}
        assert (await ada.ask("GET", CONVERSION, headers=basic)).status == 200
        assert (await ada.ask("GET", "/quotes", headers=basic)).status == 200
        assert is_problem(await ada.ask("GET", "/me", headers=basic), 403)
    wrong = {"Authorization": aiohttp.encode_basic_auth("ada", key.key[:-1] + "_")}
    answer = await ada.ask("GET", CONVERSION, headers=wrong)
    assert is_problem(answer, 401)
    assert "Basic" in answer.headers["WWW-Authenticate"]


async def test_two_credentials_of_this_service_are_ambiguous(ada: Client, key: Client) -> None:
    both = {"Authorization": f"Bearer {ada.access}", "X-API-Key": key.key}
    assert is_problem(await ada.ask("GET", CONVERSION, headers=both), 401)


async def test_headers_of_the_same_name_are_all_read(key: Client) -> None:
    head = (
        f"GET {CONVERSION} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nauthorization: {PROXYS}\r\n"
        f"Authorization: {aiohttp.encode_basic_auth('ada', key.key)}\r\n\r\n"
    )
    status, _ = await sent_raw(key.service, head.encode())
    assert b" 200 " in status.splitlines()[0]


async def test_by_default_no_key_is_accepted_in_the_query(ada: Client, key: Client) -> None:
    nobody = Client(ada.service, "nobody", ada.address)
    answer = await nobody.ask("GET", f"{CONVERSION}&api_key={key.key}")
    assert is_problem(answer, 401)
    assert "query" in answer.json["detail"]
    rejected = await key.ask("GET", f"{CONVERSION}&api_key={key.key}")
    assert is_problem(rejected, 422, "api_key")
    for each in (answer, rejected):
        assert key.key.encode() not in each.body


async def test_a_key_in_the_query_opens_the_same_as_in_a_header(run_service: RunService, database_url: str) -> None:
    async with run_service(database_url=database_url, require_auth=True, open_docs=True, **WITH_QUERY) as service:
        ada = await Newcomers(service).user()
        key = await ada.new_key("convert", "quotes:read")
        nobody = Client(service, "nobody", ada.address)

        async def with_key(path: str, **options: object) -> Answer:
            return await nobody.ask("GET", f"{path}{'&' if '?' in path else '?'}api_key={key.key}", **options)

        assert (await with_key(CONVERSION)).status == 200
        assert (await with_key(CONVERSION.replace("/api/v1/", "/api/"))).status == 200
        assert (await with_key(CONVERSION, headers={"Authorization": PROXYS})).status == 200
        quotes = await with_key("/quotes")
        assert (quotes.status, quotes.headers["Cache-Control"]) == (200, "no-store")
        assert (await key.ask("GET", "/quotes")).headers["Cache-Control"] == "private, no-cache"
        assert (await with_key("/quotes", headers={"Accept": "text/csv"})).headers["Cache-Control"] == "no-store"
        assert is_problem(await with_key("/me"), 403)
        for bad in (await with_key("/quotes?limit=x"), await with_key("/nowhere"), await with_key(f"{CONVERSION}&x=1")):
            assert key.key.encode() not in bad.body
            assert bad.headers["Referrer-Policy"] == "no-referrer"
        assert is_problem(await nobody.ask("POST", f"/quotes?api_key={key.key}"), 401)
        document = (await service.ask("GET", "/openapi.json")).json
        assert document["components"]["securitySchemes"]["apiKeyInQuery"]["name"] == "api_key"


async def test_where_conversions_are_open_a_key_in_the_query_sets_only_the_rate_limit(run_service: RunService) -> None:
    async with run_service(rate_limit_convert="1/hour", **WITH_QUERY) as service:
        key = await (await Newcomers(service).user()).new_key("convert")
        nobody = Client(service, "nobody", key.address)
        paths = (f"{CONVERSION}&api_key={key.key}", CONVERSION)
        assert [(await nobody.ask("GET", path)).status for path in paths * 2] == [200, 200, 429, 429]
    async with run_service(**WITH_QUERY) as service:
        assert (await Client(service, "nobody", "192.0.2.1").ask("GET", f"{CONVERSION}&api_key=any")).status == 200


async def test_neither_the_log_nor_a_span_holds_a_key_from_the_query(
    exchanges: SimulatedExchanges, client: aiohttp.ClientSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_collector() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
        settings: Any = {"require_auth": "true", "tracing": "true", "log_level": "debug", "api_key_in_query": "true"}
        async with running_process(exchanges.url, client, tmp_path, **settings) as process:
            ada = Client(process.service, "ada", "192.0.2.1")
            await ada.register()
            await ada.login()
            key = (await ada.new_key("convert", "quotes:read")).key
            nobody = Client(process.service, "nobody", "192.0.2.1")
            query = f"api_key={key}"
            for path in (f"{CONVERSION}&{query}", f"/quotes?{query}", f"/quotes?limit=0&{query}", f"/nowhere?{query}"):
                await nobody.ask("GET", path)
            await nobody.ask("GET", f"{CONVERSION}&{query}x")
            await nobody.ask("GET", f"/quotes?{query}", headers={"Referer": f"{process.service.url}/quotes?{query}"})
            await sent_raw(process.service, f"GET /quotes?{query}\x01 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            await asyncio.sleep(0.2)
            log = process.log()
    assert log.count("request_answered") >= 8
    assert collector.spans
    assert key.split("_", 2)[2] not in log + str(collector.spans)
