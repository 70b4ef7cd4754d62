"""Each request has an id: its own if that is valid, otherwise a new one."""

import re

import pytest

from tests.servers.service_client import CONVERT, Service

WELL_FORMED = [
    "a",
    "7f1c6e0e-6d0b-4b8e-9a36-0f1d5d3cbb0a",
    "Root=1-67891233-abcdef012345678912345678",
    "a:b/c+d=@._-",
    "x" * 128,
]
REQUESTS = [("GET", "/health/live"), ("PUT", CONVERT), ("GET", "/nowhere"), ("GET", CONVERT)]
MADE = re.compile(r"[0-9a-f]{32}")


@pytest.mark.parametrize("given", WELL_FORMED)
@pytest.mark.parametrize(("method", "path"), REQUESTS)
async def test_a_valid_id_is_echoed_on_errors_too(warm_service: Service, given: str, method: str, path: str) -> None:
    answer = await warm_service.ask(method, path, headers={"X-Request-ID": given})
    assert answer.headers["X-Request-ID"] == given
    if answer.status != 200:
        assert answer.json["request_id"] == given


@pytest.mark.parametrize("given", ["", " ", "x" * 129, "a b", "ä", '"quoted"', "<script>", "a;b", "a,b", "{}", "a\tb"])
async def test_an_invalid_id_is_replaced(warm_service: Service, given: str) -> None:
    answer = await warm_service.ask("GET", "/nowhere", headers={"X-Request-ID": given})
    assert MADE.fullmatch(answer.headers["X-Request-ID"])
    assert answer.json["request_id"] == answer.headers["X-Request-ID"]


async def test_each_request_without_an_id_gets_one(warm_service: Service) -> None:
    ids = {(await warm_service.ask("GET", "/health/live")).headers["X-Request-ID"] for _ in range(20)}
    assert len(ids) == 20
    assert all(MADE.fullmatch(each) for each in ids)
