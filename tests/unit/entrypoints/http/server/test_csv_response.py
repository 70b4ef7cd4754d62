"""CSV is sent as it is made, and half of it never looks whole."""

import csv
import io
from collections.abc import AsyncIterator, Sequence

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from domain.errors import DatabaseUnavailable
from entrypoints.http.server.csv_response import CHUNK_CHARACTERS, csv_response, wants_csv
from tests.unit.entrypoints.http.server.harness import Harness

HEADER = ("id", "text")


async def some(count: int, *, then_fail: bool = False) -> AsyncIterator[Sequence[object]]:
    for number in range(count):
        yield number, 'a "quoted", text\nof two lines'
    if then_fail:
        raise DatabaseUnavailable


@pytest.mark.parametrize("count", [0, 1, 3, CHUNK_CHARACTERS // 10])
async def test_every_row_arrives_as_it_was(count: int) -> None:
    async def handler(_: web.Request) -> web.StreamResponse:
        return await csv_response(HEADER, some(count))

    async with Harness().serving(handler) as client, client.get("/it") as response:
        assert response.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
        header, *rows = csv.reader(io.StringIO(await response.text(), newline=""))
    assert tuple(header) == HEADER
    assert rows == [[str(number), 'a "quoted", text\nof two lines'] for number in range(count)]


async def test_a_failure_before_the_first_rows_were_sent_is_a_problem() -> None:
    async def handler(_: web.Request) -> web.StreamResponse:
        return await csv_response(HEADER, some(3, then_fail=True))

    async with Harness().serving(handler) as client, client.get("/it") as response:
        assert response.status == 503
        assert response.content_type == "application/problem+json"


async def test_a_failure_after_that_breaks_the_connection_off() -> None:
    async def handler(_: web.Request) -> web.StreamResponse:
        return await csv_response(HEADER, some(CHUNK_CHARACTERS, then_fail=True))

    async with Harness().serving(handler) as client, client.get("/it") as response:
        assert response.status == 200
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("text/csv", True),
        ("TEXT/CSV; header=present", True),
        ("application/json, text/csv;q=0.5", True),
        ("*/*", False),
        ("text/*", False),
        ("", False),
    ],
)
def test_only_who_names_csv_gets_it(accept: str, *, expected: bool) -> None:
    assert wants_csv(make_mocked_request("GET", "/", headers={"Accept": accept})) is expected
