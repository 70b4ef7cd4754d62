"""Unknown paths and methods, slow bodies, and unknown expectations."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from entrypoints.http.server import request_body
from tests.integration.problems import is_problem
from tests.servers.service_client import CONVERT, Service

NOWHERE = [
    "//", "/api", "/api/v1", "/api/v1/convert/", "/api/v2/convert", "/API/v1/convert", "/%ff", "/%00",
    "/..%2f..%2fetc",
]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", CONVERT, {"GET", "HEAD", "OPTIONS", "POST"}),
        ("PATCH", CONVERT, {"GET", "HEAD", "OPTIONS", "POST"}),
        ("DELETE", CONVERT, {"GET", "HEAD", "OPTIONS", "POST"}),
        ("TRACE", CONVERT, {"GET", "HEAD", "OPTIONS", "POST"}),
        ("POST", "/health/live", {"GET", "HEAD", "OPTIONS"}),
        ("DELETE", "/health/ready", {"GET", "HEAD", "OPTIONS"}),
    ],
)
async def test_an_unsupported_method_is_answered_with_the_supported_ones(
    warm_service: Service, method: str, path: str, allowed: set[str]
) -> None:
    answer = await warm_service.ask(method, path)
    assert is_problem(answer, 405)
    assert set(answer.headers["Allow"].split(",")) == allowed


@pytest.mark.parametrize("path", NOWHERE)
async def test_an_unknown_path_is_not_found(warm_service: Service, path: str) -> None:
    answer = await warm_service.ask("GET", path)
    assert is_problem(answer, 404)
    assert answer.json["type"] == "/problems/not-found"


async def test_a_body_that_arrives_too_slowly_times_out(warm_service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_body, "BODY_TIMEOUT_SECONDS", 0.05)
    left_alone = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b'{"currency_from": '
        await left_alone.wait()

    asyncio.get_running_loop().call_later(6, left_alone.set)
    answer = await warm_service.post(slowly())
    assert is_problem(answer, 408)
    assert answer.seconds < 3


@pytest.mark.parametrize("expectation", ["100-continue", "200-ok", "tea"])
async def test_an_unknown_expectation_is_ignored(warm_service: Service, expectation: str) -> None:
    answer = await warm_service.post(
        json.dumps({"currency_from": "BTC", "currency_to": "USDT", "amount": 1}).encode(),
        {"Content-Type": "application/json", "Expect": expectation},
    )
    assert answer.status == 200
