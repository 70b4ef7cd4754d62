"""Traces as a collector receives them over OTLP/HTTP; nothing of the kind if tracing is off."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from adapters.opentelemetry.tracing import MAX_CLOSE_SECONDS
from tests.servers.command import environment
from tests.servers.otlp import Collector, Received, running_collector
from tests.servers.service import JWT_SECRET, RunService
from tests.servers.service_process import SERVE, ended
from tests.servers.serving import serving
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.waiting import eventually

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = "00f067aa0ba902b7"
SERVER = "POST /api/v1/convert"


@pytest.fixture
async def collector(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Collector]:
    async with running_collector() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
        yield collector


def children(collector: Collector, parent: Received) -> dict[str, Received]:
    return {span.name: span for span in collector.spans if span.parent_id == parent.span_id}


async def test_a_cold_conversion_is_one_trace_from_the_request_down_to_the_exchange(
    run_service: RunService, collector: Collector
) -> None:
    async with run_service(tracing=True) as service:
        answer = await service.convert(cache_max_seconds=10)
    (request,) = collector.named(SERVER)
    assert request.service == "crossrate"
    assert request.is_server
    assert not request.is_error
    assert request.parent_id == ""
    assert request.attributes == {
        "http.request.method": "POST",
        "url.scheme": "http",
        "http.route": "/api/v1/convert",
        "http.response.status_code": 200,
        "crossrate.request_id": answer.headers["X-Request-ID"],
    }
    (conversion,) = children(collector, request).values()
    assert conversion.name == "convert"
    assert conversion.attributes == {
        "crossrate.currency_from": "BTC",
        "crossrate.currency_to": "USDT",
        "crossrate.exchange": "binance",
        "crossrate.legs": 1,
        "crossrate.rate_type": "mid",
    }
    below = children(collector, conversion)
    assert {
        "fetch lock acquire",
        "binance listing",
        "binance books",
        "cache write books",
        "fetch lock release",
    } <= below.keys()
    assert {span.trace_id for span in collector.spans} == {request.trace_id}


async def test_a_warm_conversion_has_no_span_below_its_own(run_service: RunService, collector: Collector) -> None:
    async with run_service(tracing=True) as service:
        for _ in range(2):
            await service.convert(cache_max_seconds=1000)
    warm = collector.named("convert")[-1]
    assert children(collector, warm) == {}


async def test_prices_of_another_process_are_a_cache_hit(
    run_service: RunService, collector: Collector, redis_url: str
) -> None:
    async def both_are_kept() -> bool:
        return len(collector.named("fetch lock release")) >= 2

    async with run_service(tracing=True, redis_url=redis_url) as one:
        assert (await one.convert(cache_max_seconds=1000)).status == 200
        await eventually(both_are_kept)
    async with run_service(tracing=True, redis_url=redis_url) as other:
        assert (await other.convert(cache_max_seconds=1000)).status == 200
    below = children(collector, collector.named("convert")[-1])
    assert below["cache books"].attributes["crossrate.cache.hit"] is True
    assert not {"binance listing", "binance books"} & below.keys()
    assert not any(span.is_error for span in collector.spans)


async def test_the_trace_of_a_caller_is_continued(run_service: RunService, collector: Collector) -> None:
    headers = {"traceparent": f"00-{TRACE}-{CALLER}-01"}
    async with run_service(tracing=True) as service:
        await service.ask("GET", "/health/live", headers=headers)
    (request,) = collector.named("GET /health/live")
    assert (request.trace_id, request.parent_id) == (TRACE, CALLER)


@pytest.mark.parametrize("traceparent", ["", "nonsense", f"00-{'0' * 32}-{CALLER}-01", "00-" + "f" * 5000])
async def test_an_invalid_traceparent_begins_a_new_trace(
    run_service: RunService, collector: Collector, traceparent: str
) -> None:
    async with run_service(tracing=True) as service:
        answer = await service.ask("GET", "/health/live", headers={"traceparent": traceparent})
    assert answer.status == 200
    (request,) = collector.named("GET /health/live")
    assert request.parent_id == ""
    assert int(request.trace_id, 16) != 0


async def test_a_404_is_no_error_in_the_trace_and_a_503_is_one(
    run_service: RunService, exchanges: SimulatedExchanges, collector: Collector
) -> None:
    async with run_service(tracing=True) as service:
        await service.convert("NOPE")
        await service.convert(amount="-1")
        for exchange in ("binance", "kucoin"):
            await exchanges.commit(exchange, "status", code=400)
        await service.convert()
    requests = {span.attributes["http.response.status_code"]: span for span in collector.named(SERVER)}
    assert {status: span.is_error for status, span in requests.items()} == {404: False, 422: False, 503: True}
    unknown, unavailable = (children(collector, requests[status])["convert"] for status in (404, 503))
    assert (unknown.is_error, unknown.attributes["error.type"]) == (False, "NoRoute")
    assert (unavailable.is_error, unavailable.attributes["error.type"]) == (True, "ConversionUnavailable")
    failed = [span for span in collector.spans if span.name == "binance books" and span.is_error]
    assert {span.attributes["error.type"] for span in failed} == {"refused"}


async def test_no_span_is_named_after_input(run_service: RunService, collector: Collector) -> None:
    async with run_service(tracing=True) as service:
        await service.ask("PROPFIND", "/any/path?with=a&secret=1")
    (request,) = collector.spans
    assert request.name == "HTTP"
    assert "secret" not in str(request)
    assert request.attributes["http.request.method"] == "_OTHER"
    assert request.attributes["http.response.status_code"] == 404


async def test_a_missing_collector_delays_neither_answers_nor_the_end(
    run_service: RunService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    async with run_service(tracing=True) as service:
        assert (await service.convert()).status == 200


async def test_a_hanging_collector_does_not_delay_the_end(
    run_service: RunService, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = asyncio.Event()

    async def hang(_: web.Request) -> web.Response:
        await released.wait()
        return web.Response()

    app = web.Application()
    app.router.add_post("/v1/traces", hang)
    async with serving(app) as url:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
        async with run_service(tracing=True) as service:
            assert (await service.convert()).status == 200
            stopping = time.monotonic()
        seconds = time.monotonic() - stopping
        released.set()
    assert seconds < MAX_CLOSE_SECONDS + 3


def test_neither_disabled_tracing_nor_what_writes_the_openapi_document_is_imported_at_the_start(tmp_path: Path) -> None:
    # redis-py imports OpenTelemetry's metrics if they are installed; that is not tracing.
    look = (
        "import sys; from entrypoints.http.app import create_app; create_app();"
        "ours = ('adapters.opentelemetry', 'opentelemetry.exporter', 'opentelemetry.sdk.trace', 'google.protobuf',"
        "        'entrypoints.http.openapi');"
        "print([name for name in sys.modules if name.startswith(ours)])"
    )
    printed = subprocess.run(  # noqa: S603 -- this Python
        [sys.executable, "-c", look],
        cwd=tmp_path,
        env=environment(jwt_secret=JWT_SECRET),
        capture_output=True,
        text=True,
        check=True,
    )
    assert printed.stdout.strip() == "[]"


async def test_without_the_extra_the_service_refuses_to_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = tmp_path / "hidden"
    (hidden / "opentelemetry").mkdir(parents=True)
    (hidden / "opentelemetry" / "__init__.py").touch()  # an empty package that hides the real one
    monkeypatch.setenv("PYTHONPATH", str(hidden))
    status, errors = await ended(tmp_path, command=SERVE, tracing="true")
    assert status == 2
    assert "CROSSRATE_TRACING: needs OpenTelemetry" in errors
    assert "pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http" in errors
    assert "Traceback" not in errors
