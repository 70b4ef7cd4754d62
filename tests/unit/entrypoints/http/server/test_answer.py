"""The answer that is written at once, when aiohttp writes it instead, and that both are the same."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from entrypoints.http.server.answer import JsonAnswer, ProblemAnswer

BODY = b'{"rate":"1"}'


async def handled(request: web.Request) -> web.StreamResponse:
    answer = JsonAnswer(BODY)
    answer.request_id = "mine"
    if "header" in request.query:
        answer.headers["Cache-Control"] = "private"
    if "close" in request.query:
        answer.force_close()
    return answer


def app() -> web.Application:
    app = web.Application()
    app.router.add_route("*", "/", handled)
    return app


async def test_the_next_request_on_the_connection_is_answered_too() -> None:
    async with TestClient(TestServer(app())) as client:
        for _ in range(3):
            async with client.get("/") as response:
                assert await response.read() == BODY
                assert response.headers["Content-Length"] == str(len(BODY))
                assert "Connection" not in response.headers


async def test_a_usual_answer_takes_one_write_and_nothing_else_of_aiohttp(monkeypatch: pytest.MonkeyPatch) -> None:
    async with TestClient(TestServer(app())) as client:
        monkeypatch.delattr(web.StreamResponse, "prepare")
        monkeypatch.delattr(web.StreamResponse, "write_eof")
        async with client.get("/") as response:
            assert await response.read() == BODY


async def test_a_head_has_no_body_after_it() -> None:
    async with TestClient(TestServer(app())) as client:
        async with client.head("/") as response:
            assert (response.status, response.headers["X-Request-ID"]) == (200, "mine")
        async with client.get("/") as response:
            assert await response.read() == BODY


async def test_a_header_of_its_own_is_kept_beside_those_of_every_answer() -> None:
    async with TestClient(TestServer(app())) as client, client.get("/?header") as response:
        assert response.headers["Cache-Control"] == "private"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Type"] == "application/json"
        assert await response.read() == BODY


async def test_a_connection_to_be_closed_is_closed() -> None:
    async with TestClient(TestServer(app())) as client, client.get("/?close") as response:
        assert response.headers["Connection"] == "close"
        assert await response.read() == BODY


async def test_a_problem_is_the_same_whoever_writes_it() -> None:
    async def refused(request: web.Request) -> web.StreamResponse:
        answer = ProblemAnswer(BODY, 404, {"Retry-After": "2"} if "wait" in request.query else {})
        answer.request_id = "mine"
        return answer

    app = web.Application()
    app.router.add_get("/", refused)
    written = []
    async with TestClient(TestServer(app)) as client:
        for query, header in [("", {}), ("", {"Connection": "close"}), ("?wait", {})]:
            async with client.get(f"/{query}", headers=header) as response:
                assert (response.status, response.reason) == (404, "Not Found")
                assert await response.read() == BODY
                assert response.headers["Content-Type"] == "application/problem+json"
                assert response.headers.get("Retry-After") == ("2" if query else None)
                written.append(
                    {n: v for n, v in response.headers.items() if n not in {"Connection", "Date", "Retry-After"}}
                )
    assert written[0] == written[1] == written[2]
