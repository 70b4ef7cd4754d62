"""Every answer in the OpenAPI document can be provoked over a real socket, and is as documented."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any, Never

import aiohttp
import orjson
import pytest
from aiohttp import web
from dependency_injector import providers
from jsonschema import Draft202012Validator

from adapters.memory.market_cache import MemoryMarketCache
from adapters.system_clock import SystemClock
from application.health.check_health import CheckHealth, DependencyHealth
from application.health.database_probe import DatabaseProbe
from application.health.write_probe import WriteProbe
from application.identity import create_api_key
from application.market_data.freshness import Generations
from application.quotes.newest_quotes import newest_quotes_of
from application.rates.convert import Convert
from application.rates.convert_many import ConvertMany
from application.rates.list_tradable import ListTradable
from application.rates.reference_history import ReferenceHistory
from application.rates.tabulate_rates import TabulateRates
from application.webhooks import deliver_webhooks
from domain.currency import Currency
from domain.orders.clearing_asset import ClearingAsset
from domain.rates.conversion import Conversion
from entrypoints.http.health.metrics import METRICS, Exposition, shared_metrics
from entrypoints.http.limits import BATCH_LIMIT, SERIES_LIMIT
from entrypoints.http.problem_pages.catalogue import KINDS
from entrypoints.http.rates import stream_routes
from entrypoints.http.rates.routes import CONVERT
from entrypoints.http.server import request_body, write_bulkhead
from entrypoints.http.server.app_keys import CONTAINER, LIFECYCLE
from entrypoints.http.server.in_flight_limit import InFlightLimit
from entrypoints.wiring.application import ApplicationContainer
from tests.integration.clearing.stuck import leave_stuck
from tests.integration.openapi.failing_writes import FailingWrites
from tests.integration.openapi.provoking import LONG_HEADER, Sent, posted
from tests.integration.openapi.provoking_batches import provoked_by_batches
from tests.integration.openapi.provoking_clearing import STUCK, provoked_by_clearing
from tests.integration.openapi.provoking_compatible import A_WEEK_AGO, provoked_by_compatible
from tests.integration.openapi.provoking_identity import FEW_KEYS, ROOT, as_caller, provoked_by_accounts
from tests.integration.openapi.provoking_lists import provoked_by_lists
from tests.integration.openapi.provoking_orders import provoked_by_orders, with_order
from tests.integration.openapi.provoking_quotes import provoked_by_quotes
from tests.integration.openapi.provoking_wallets import provoked_by_wallets
from tests.integration.openapi.provoking_webhooks import provoked_by_webhooks, with_webhook
from tests.integration.orders.for_sale import sell
from tests.openapi_document import document
from tests.servers.administrators import create_admin
from tests.servers.service import running_crossrate, service_app
from tests.servers.serving import serving
from tests.unit.fakes.database import FakeDatabase
from tests.unit.fakes.meter import FakeMeter
from tests.waiting import eventually

Json = dict[str, Any]

DOCUMENT: Json = document()
NOTHING_LISTENS_HERE = "http://127.0.0.1:1"


class FaultyConvert(Convert):
    async def __call__(self, **_: object) -> Conversion:
        raise RuntimeError("a fault in the service")


class FaultyConvertMany(ConvertMany):
    async def __call__(self, *_: object) -> Never:
        raise RuntimeError("a fault in the service")


class FaultyTabulateRates(TabulateRates):
    async def __call__(self, *_: object) -> Never:
        raise RuntimeError("a fault in the service")


class FaultyReferenceHistory(ReferenceHistory):
    @property
    def today(self) -> Never:
        raise RuntimeError("a fault in the service")

    def between(self, *_: object) -> Never:
        raise RuntimeError("a fault in the service")


class FaultyListTradable(ListTradable):
    def exchanges(self) -> Never:
        raise RuntimeError("a fault in the service")

    def currencies(self, *_: object) -> Never:
        raise RuntimeError("a fault in the service")

    def pairs(self, **_: object) -> Never:
        raise RuntimeError("a fault in the service")


class FaultyCheckHealth(CheckHealth):
    async def __call__(self) -> list[DependencyHealth]:
        raise RuntimeError("a fault in the service")


def put_faults_in_identity(container: ApplicationContainer) -> None:
    def fail() -> None:
        raise RuntimeError("a fault in the service")

    for part in (container.identity(), container.rate_limits()):
        for provider in part.providers.values():
            if isinstance(provider, providers.Singleton):
                provider.override(providers.Callable(fail))


class FaultyExposition(Exposition):
    content_type = "text/plain"

    def flush(self) -> None:
        """Nothing was counted."""

    def render(self) -> bytes:
        raise RuntimeError("a fault in the service")


def faulty_app() -> web.Application:
    app = service_app(NOTHING_LISTENS_HERE)

    async def put_faults_in(app: web.Application) -> AsyncIterator[None]:
        clock = SystemClock()
        container = app[CONTAINER]
        put_faults_in_identity(container)
        generations = Generations(clock)
        many = FaultyConvertMany(markets={}, generations=generations, meter=FakeMeter())
        faulty: dict[providers.Provider[Any], object] = {
            container.reference().history: FaultyReferenceHistory(database=FakeDatabase(), newest=None, clock=clock),
            container.rates().list_tradable: FaultyListTradable(markets={}, clock=clock),
            container.rates().convert_many: many,
            container.rates().tabulate_rates: FaultyTabulateRates(
                convert_many=many, markets={}, generations=generations
            ),
            container.health().check_health: FaultyCheckHealth(
                markets={},
                cache=MemoryMarketCache(),
                cache_name="memory",
                database_probe=DatabaseProbe(FakeDatabase(), newest_quotes_of([]), clock),
                write_probe=WriteProbe(FakeDatabase(), clock),
                clock=clock,
            ),
        }
        for provider, part in faulty.items():
            provider.override(providers.Object(part))
        app[CONVERT] = FaultyConvert(markets={}, generations=generations, meter=FakeMeter())
        app[METRICS] = shared_metrics(FaultyExposition())
        yield

    app.cleanup_ctx.append(put_faults_in)
    return app


MANY = {
    f"rate_limit_{group}": "100000/day" for group in ("authenticate", "account", "credentials", "orders", "wallets")
}
FEW = {
    "rate_limit_authenticate": "1/day",
    "rate_limit_account": "1/day",
    "rate_limit_convert": "1/day",
    "rate_limit_quotes": "1/day",
    "rate_limit_record": "1/day",
    "rate_limit_wallets": "1/day",
    "rate_limit_orders": "1/day",
    "rate_limit_credentials": "1/day",
}
NO_DATABASE = {"database_url": "postgresql://nobody@127.0.0.1:1/none"}


def busy_app() -> web.Application:
    app = service_app(NOTHING_LISTENS_HERE)
    app[BATCH_LIMIT] = app[SERIES_LIMIT] = InFlightLimit(0)
    return app


@asynccontextmanager
async def with_failing_writes(database: FailingWrites) -> AsyncIterator[str]:
    # The container is made while the application starts; after that, other services must have their own database.
    async with AsyncExitStack() as stack:
        with ApplicationContainer.storage.database.override(providers.Object(database)):
            address = await stack.enter_async_context(running_crossrate(**MANY))
        yield address


@asynccontextmanager
async def with_reference_rates() -> AsyncIterator[str]:
    async with running_crossrate(reference_rates="ecb", **MANY) as address, aiohttp.ClientSession(address) as client:

        async def has_history() -> bool:
            async with client.get(f"/v1/{A_WEEK_AGO}") as response:
                return response.status == 200

        await eventually(has_history)
        yield address


def stopping_app() -> web.Application:
    app = service_app(NOTHING_LISTENS_HERE)
    app[LIFECYCLE].drain()
    return app


@pytest.fixture(scope="module")
async def failing(tmp_path_factory: pytest.TempPathFactory) -> FailingWrites:
    """The database of the service that is called "failing writes"."""
    return FailingWrites(await _administered(tmp_path_factory), upgrades_itself=True)


@pytest.fixture(scope="module")
async def administered(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The database of the sound service."""
    return await _administered(tmp_path_factory)


async def _administered(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the URL of a new database with an administrator."""
    url = f"sqlite:///{tmp_path_factory.mktemp('database')}/crossrate.db"
    await create_admin(url, ROOT["username"], ROOT["password"])
    await sell(url, ClearingAsset(Currency("BTC"), ("simulated",), threshold=Decimal(10**9)))
    await leave_stuck(url, STUCK)
    return url


@pytest.fixture(scope="module")
async def services(failing: FailingWrites, administered: str) -> AsyncIterator[Mapping[str, str]]:
    """Addresses of a sound service, and of those that are set up or broken in one way each."""
    async with AsyncExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        # No test here waits for a delivery, and each of so many services would look for one every second.
        patch.setattr(deliver_webhooks, "POLL_SECONDS", 60.0)
        yield {
            "failing writes": await stack.enter_async_context(with_failing_writes(failing)),
            "sound": await stack.enter_async_context(running_crossrate(database_url=administered, **MANY)),
            "banked": await stack.enter_async_context(with_reference_rates()),
            "closed": await stack.enter_async_context(running_crossrate(require_auth=True, **MANY)),
            "no registration": await stack.enter_async_context(running_crossrate(open_registration=False, **MANY)),
            "closed, no database": await stack.enter_async_context(
                serving(service_app(NOTHING_LISTENS_HERE, require_auth=True, **NO_DATABASE))
            ),
            "limited": await stack.enter_async_context(running_crossrate(**FEW)),
            "no database": await stack.enter_async_context(serving(service_app(NOTHING_LISTENS_HERE, **NO_DATABASE))),
            "faulty": await stack.enter_async_context(serving(faulty_app())),
            "busy": await stack.enter_async_context(serving(busy_app())),
            "stopping": await stack.enter_async_context(serving(stopping_app())),
            "cut off": await stack.enter_async_context(serving(service_app(NOTHING_LISTENS_HERE))),
        }


ASKED = {"currency_from": "USDT", "currency_to": "TRX", "amount": "100"}
UNLISTED = ASKED | {"currency_to": "NOSUCHCOIN"}
NEGATIVE = ASKED | {"amount": "-1"}
TOO_MUCH = ASKED | {"amount": "1e18", "rate_type": "depth"}
PROVOKED_BY: dict[tuple[str, str, int], Sent] = {
    ("post", "/api/v1/convert", 200): posted(ASKED | {"include_route": True}),
    ("post", "/api/v1/convert", 400): Sent(body=b"{", content_type="application/json"),
    ("post", "/api/v1/convert", 404): posted(UNLISTED),
    ("post", "/api/v1/convert", 405): Sent(method="put"),
    ("post", "/api/v1/convert", 408): Sent(content_type="application/json", body_never_ends=True),
    ("post", "/api/v1/convert", 409): posted(TOO_MUCH),
    ("post", "/api/v1/convert", 413): posted(ASKED | {"amount": "1" * request_body.MAX_BODY_BYTES}),
    ("post", "/api/v1/convert", 415): Sent(body=orjson.dumps(ASKED), content_type="text/plain"),
    ("post", "/api/v1/convert", 422): posted(NEGATIVE),
    ("post", "/api/v1/convert", 500): replace(posted(ASKED), service="faulty"),
    ("post", "/api/v1/convert", 503): replace(posted(ASKED), service="cut off"),
    ("get", "/api/v1/convert", 200): Sent(query=ASKED),
    ("get", "/api/v1/convert", 400): Sent(query=ASKED, headers=LONG_HEADER),
    ("get", "/api/v1/convert", 404): Sent(query=UNLISTED),
    ("get", "/api/v1/convert", 405): Sent(method="delete"),
    ("get", "/api/v1/convert", 409): Sent(query=TOO_MUCH),
    ("get", "/api/v1/convert", 422): Sent(query=NEGATIVE),
    ("get", "/api/v1/convert", 500): Sent(query=ASKED, service="faulty"),
    ("get", "/api/v1/convert", 503): Sent(query=ASKED, service="cut off"),
    ("get", "/health/live", 200): Sent(),
    ("get", "/health/live", 400): Sent(headers=LONG_HEADER),
    ("get", "/health/live", 405): Sent(method="post"),
    ("get", "/health/ready", 200): Sent(),
    ("get", "/health/ready", 400): Sent(headers=LONG_HEADER),
    ("get", "/health/ready", 405): Sent(method="post"),
    ("get", "/health/ready", 500): Sent(service="faulty"),
    ("get", "/health/ready", 503): Sent(service="stopping"),
    ("get", "/metrics", 200): Sent(),
    ("get", "/metrics", 400): Sent(headers=LONG_HEADER),
    ("get", "/metrics", 401): Sent(service="closed"),
    ("get", "/metrics", 405): Sent(method="post"),
    ("get", "/metrics", 500): Sent(service="faulty"),
    ("get", "/problems/{slug}", 200): Sent(path="/problems/no-route"),
    ("get", "/problems/{slug}", 400): Sent(path="/problems/no-route", headers=LONG_HEADER),
    ("get", "/problems/{slug}", 404): Sent(path="/problems/no-such-problem"),
    ("get", "/problems/{slug}", 405): Sent(path="/problems/no-route", method="post"),
    ("get", "/openapi.json", 200): Sent(),
    ("get", "/openapi.json", 400): Sent(headers=LONG_HEADER),
    ("get", "/openapi.json", 405): Sent(method="post"),
    **{
        ("post" if body else "get", "/api/v1/convert", status): replace(
            posted(ASKED) if body else Sent(query=ASKED), service=service, caller=caller, times=times
        )
        for body in (True, False)
        for status, service, caller, times in (
            (401, "closed", "", 1),
            (403, "closed", "key", 1),
            (429, "limited", "", 2),
        )
    },
    **provoked_by_accounts(),
    **provoked_by_quotes(),
    **provoked_by_lists(),
    **provoked_by_wallets(),
    **provoked_by_webhooks(),
    **provoked_by_clearing(),
    **provoked_by_orders(),
    **provoked_by_compatible(),
    **provoked_by_batches(ASKED, UNLISTED, NEGATIVE),
}

DOCUMENTED = [
    (method, path, int(status))
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    for status in operation["responses"]
]


# Where nothing else can be wrong, a parameter is: it would be ignored.
for _method, _path, _status in DOCUMENTED:
    if _status == 422:
        _success = min(status for method, path, status in DOCUMENTED if (method, path) == (_method, _path))
        _usual = replace(PROVOKED_BY[_method, _path, _success], query={"nonsense": "1"})
        PROVOKED_BY.setdefault((_method, _path, 422), _usual)


def test_no_undocumented_answer_is_provoked() -> None:
    assert PROVOKED_BY.keys() == set(DOCUMENTED)


@pytest.mark.parametrize(("method", "path"), dict.fromkeys((method, path) for method, path, _ in DOCUMENTED))
async def test_every_documented_answer_is_given_as_documented(
    services: Mapping[str, str],
    failing: FailingWrites,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    path: str,
) -> None:
    monkeypatch.setattr(stream_routes, "LONGEST_SECONDS", (0.1, 0.1))  # so that a stream is a whole answer
    monkeypatch.setattr(stream_routes, "HEARTBEAT_SECONDS", 0.1)
    # The tests of the keys make as many as there may be.
    monkeypatch.setattr(create_api_key, "MAX_KEYS", FEW_KEYS)
    for status, documented in DOCUMENT["paths"][path][method]["responses"].items():
        sent = PROVOKED_BY[method, path, int(status)]
        with monkeypatch.context() as patch:
            if sent.body_never_ends:
                for module in (request_body, write_bulkhead):
                    patch.setattr(module, "BODY_TIMEOUT_SECONDS", 0.2)
            patch.setattr(failing, "failure", None)
            response, body = await provoked(services[sent.service], failing, method, path, sent)
        assert response.status == int(status), body
        assert_documented(deref(documented), response, body)


async def provoked(
    address: str, failing: FailingWrites, method: str, path: str, sent: Sent
) -> tuple[aiohttp.ClientResponse, bytes]:
    async with aiohttp.ClientSession(address, timeout=aiohttp.ClientTimeout(total=20)) as client:
        sent = await as_caller(sent, client)
        sent = await with_webhook(sent, client, sent.headers or {})
        sent = await with_order(sent, client, sent.headers or {})
        failing.failure = sent.writes_fail
        return await last_answer(client, method, path, sent)


def assert_documented(documented: Json, response: aiohttp.ClientResponse, body: bytes) -> None:
    if "content" in documented:
        assert response.content_type in documented["content"]
        answer = read_answer(body, response.content_type)
        assert errors_in(answer, documented["content"][response.content_type]["schema"]) == []
    else:
        assert body == b""
    for name, reference in documented["headers"].items():
        header = deref(reference)
        if header.get("required") is False and name not in response.headers:
            continue
        assert name in response.headers
        text = response.headers[name]
        assert errors_in(int(text) if header["schema"]["type"] == "integer" else text, header["schema"]) == []


async def test_the_type_of_every_problem_leads_to_its_page(services: Mapping[str, str]) -> None:
    async with aiohttp.ClientSession(services["sound"]) as client:
        for kind in KINDS:
            async with client.get(kind.type) as response:
                assert response.status == 200
                page = await response.json()
            assert page == {"type": kind.type, "title": kind.title, "status": kind.status, "meaning": kind.meaning}


def read_answer(body: bytes, content_type: str) -> object:
    """Return the text, the first of server-sent events as an object, or the JSON document."""
    if content_type == "text/event-stream":
        event = body.decode().split("\n\n")[1]
        return dict(line.split(": ", 1) for line in event.splitlines())
    return body.decode() if content_type in {"text/plain", "text/csv"} else orjson.loads(body)


async def last_answer(
    client: aiohttp.ClientSession, method: str, path: str, sent: Sent
) -> tuple[aiohttp.ClientResponse, bytes]:
    headers = dict(sent.headers or {}) | ({"Content-Type": sent.content_type} if sent.content_type else {})
    async with client.request(
        sent.method or method,
        sent.path or path,
        params=sent.query,
        data=never_ending() if sent.body_never_ends else sent.body,
        headers=headers,
    ) as response:
        body = await response.read()
    if sent.times > 1:
        return await last_answer(client, method, path, replace(sent, times=sent.times - 1))
    return response, body


async def never_ending() -> AsyncIterator[bytes]:
    yield b"{"
    await asyncio.Event().wait()


def deref(node: Json) -> Json:
    if "$ref" not in node:
        return node
    target = DOCUMENT
    for part in node["$ref"].removeprefix("#/").split("/"):
        target = target[part]
    return target


def errors_in(value: object, schema: Json) -> list[str]:
    validator = Draft202012Validator(schema | {"components": DOCUMENT["components"]})
    return [error.message for error in validator.iter_errors(value)]
