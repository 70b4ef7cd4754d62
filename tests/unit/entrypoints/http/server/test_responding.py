"""What every request gets, whatever its handler does."""

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from domain.errors import NoSuchObject
from entrypoints.http.server.answer import JsonAnswer
from tests.unit.entrypoints.http.server.harness import Harness


async def fine(_: web.Request) -> web.StreamResponse:
    return JsonAnswer(b"{}")


async def plain(_: web.Request) -> web.StreamResponse:
    return web.Response(headers={"Cache-Control": "private"})


async def foreseen(_: web.Request) -> web.StreamResponse:
    raise NoSuchObject("there is no such thing")


async def unforeseen(_: web.Request) -> web.StreamResponse:
    raise ZeroDivisionError("nobody's business")


@pytest.fixture
def harness() -> Harness:
    return Harness()


@pytest.mark.parametrize("handler", [fine, plain, foreseen, unforeseen])
async def test_every_answer_has_an_id_and_the_common_headers(harness: Harness, handler: object) -> None:
    async with harness.serving(handler) as client, client.get("/it", headers={"X-Request-ID": "mine"}) as response:  # type: ignore[arg-type]  # a union of handlers
        assert response.headers["X-Request-ID"] == "mine"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Server"] == "crossrate"


async def test_a_handlers_own_header_wins(harness: Harness) -> None:
    async with harness.serving(plain) as client, client.get("/it") as response:
        assert response.headers["Cache-Control"] == "private"


@pytest.mark.parametrize("given", ["", "a b", "ü", "x" * 129, "<script>"])
async def test_an_id_that_is_not_safe_is_replaced(harness: Harness, given: str) -> None:
    async with harness.serving(fine) as client, client.get("/it", headers={"X-Request-ID": given}) as response:
        assert response.headers["X-Request-ID"] != given
        assert len(response.headers["X-Request-ID"]) == 32


async def test_ids_that_are_made_differ(harness: Harness) -> None:
    async with harness.serving(fine) as client:
        ids = {(await client.get("/it")).headers["X-Request-ID"] for _ in range(20)}
    assert len(ids) == 20


async def test_an_error_becomes_its_problem(harness: Harness) -> None:
    async with harness.serving(foreseen) as client, client.get("/it") as response:
        assert response.status == 404
        assert response.content_type == "application/problem+json"
        problem = await response.json()
    assert (problem["type"], problem["detail"]) == ("/problems/not-found", "There is no such thing.")


async def test_an_unforeseen_error_is_logged_and_disclosed_to_nobody(harness: Harness) -> None:
    with capture_logs() as logged:
        async with harness.serving(unforeseen) as client, client.get("/it") as response:
            assert response.status == 500
            assert "nobody" not in await response.text()
            request_id = response.headers["X-Request-ID"]
    (event,) = [each for each in logged if each["event"] == "request_failed"]
    assert event["request_id"] == request_id
    assert isinstance(event["exc_info"], ZeroDivisionError)


async def test_every_request_is_logged_and_counted_once_under_its_pattern(harness: Harness) -> None:
    async with harness.serving(foreseen) as client:
        await client.get("/it?a=1")
        await client.get("/nowhere")
        await client.post("/it")
    assert harness.meter.counted == [("/it", 404), (None, 404), (None, 405)]
    assert [(line["method"], line["route"], line["status"]) for line in harness.lines] == [
        ("GET", "/it", 404),
        ("GET", None, 404),
        ("POST", None, 405),
    ]


async def test_a_process_that_drains_closes_each_connection(harness: Harness) -> None:
    async with harness.serving(fine) as client:
        async with client.get("/it") as response:
            assert "Connection" not in response.headers
        harness.lifecycle.drain()
        async with client.get("/it") as response:
            assert response.headers["Connection"] == "close"
