"""CSV is sent as it is made, half of it never looks whole, and no cell of it runs as a formula."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from itertools import pairwise

import aiohttp
import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from domain.errors import DatabaseUnavailable
from entrypoints.http.server.csv_response import (
    CHUNK_CHARACTERS,
    Row,
    csv_bytes,
    csv_headers,
    csv_response,
    csv_stream,
    in_turns,
)
from tests.unit.entrypoints.http.server.harness import Harness
from tests.unit.fakes.slices import ROWS_PER_SLICE, most_during_a_request, rows_take_a_tenth_of_a_slice

HEADER = ("id", "text")
TEXT = 'a "quoted", text\nof two lines'


async def some(count: int, *, then_fail: bool = False) -> AsyncIterator[Row]:
    for number in range(count):
        yield number, TEXT
    if then_fail:
        raise DatabaseUnavailable


def answering(rows: Callable[[], AsyncIterator[Row]]) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        return await csv_stream(request, "some", HEADER, rows(), bom=None, version="1")

    return handler


async def whole(request: web.Request) -> web.StreamResponse:
    return await csv_response(request, "some", HEADER, [(number, TEXT) for number in range(3)], bom=None)


@pytest.mark.parametrize("count", [0, 1, 3, CHUNK_CHARACTERS // 10])
async def test_every_row_arrives_as_it_was(count: int) -> None:
    async with Harness().serving(answering(lambda: some(count))) as client, client.get("/it") as response:
        assert response.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
        assert response.headers["Content-Disposition"] == 'attachment; filename="some.csv"'
        header, *rows = csv.reader(io.StringIO(await response.text(), newline=""))
    assert tuple(header) == HEADER
    assert rows == [[str(number), TEXT] for number in range(count)]


@pytest.mark.parametrize("handler", [whole, answering(lambda: some(3))])
async def test_what_the_client_has_is_not_sent_again(handler: Handler) -> None:
    async with Harness().serving(handler) as client:
        first = await client.get("/it")
        again = await client.get("/it", headers={"If-None-Match": first.headers["ETag"]})
        other = await client.get("/it", headers={"If-None-Match": '"other"'})
        assert (first.status, again.status, other.status) == (200, 304, 200)
        assert (await again.read(), again.headers["ETag"]) == (b"", first.headers["ETag"])


async def test_a_failure_before_the_first_rows_were_sent_is_a_problem() -> None:
    handler = answering(lambda: some(3, then_fail=True))
    async with Harness().serving(handler) as client, client.get("/it") as response:
        assert response.status == 503
        assert response.content_type == "application/problem+json"


async def test_a_failure_after_that_breaks_the_connection_off() -> None:
    handler = answering(lambda: some(CHUNK_CHARACTERS, then_fail=True))
    async with Harness().serving(handler) as client, client.get("/it") as response:
        assert response.status == 200
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()


async def test_eight_exports_delay_others_as_little_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    written = 0

    async def counted() -> AsyncIterator[Row]:
        nonlocal written
        for number in range(2000):
            written += 1
            yield number, TEXT

    async def streamed(request: web.Request) -> web.StreamResponse:
        return await csv_stream(request, "some", HEADER, counted(), bom=None, version="1")

    async with Harness().serving(streamed) as client:

        async def exported() -> bytes:
            async with client.get("/it") as response:
                return await response.read()

        rows_take_a_tenth_of_a_slice(monkeypatch)
        exports: list[asyncio.Task[object]] = [asyncio.create_task(exported()) for _ in range(8)]
        assert await most_during_a_request(exports, lambda: written) <= 2 * (ROWS_PER_SLICE + 1)
        assert len({await export for export in exports}) == 1
    assert written == 8 * 2000


async def test_pieces_of_other_exports_have_their_turns_too_and_arrive_whole() -> None:
    async def pieces(letter: bytes) -> AsyncIterator[bytes]:
        for _ in range(3 * CHUNK_CHARACTERS // 1000):
            order.append(letter)
            await asyncio.sleep(0)
            yield letter * 1000

    order: list[bytes] = []
    exporting = asyncio.Lock()

    async def exported(letter: bytes) -> bytes:
        return b"".join([chunk async for chunk in in_turns(exporting, pieces(letter))])

    one, other = await asyncio.gather(exported(b"a"), exported(b"b"))
    assert (set(one), set(other)) == ({ord("a")}, {ord("b")})
    assert len(one) == len(other) == 3 * CHUNK_CHARACTERS // 1000 * 1000
    changes = sum(before != after for before, after in pairwise(order))
    assert changes < 10, "one works at a time"


async def test_who_reads_slowly_keeps_no_other_export_waiting() -> None:
    handler = answering(lambda: some(40 * CHUNK_CHARACTERS))
    async with Harness().serving(handler) as client, client.get("/it") as slow:
        assert (await slow.content.read(10)).startswith(b"id,text")
        async with asyncio.timeout(30), client.get("/it") as quick:
            assert quick.status == 200
            for _ in range(20):
                await quick.content.readany()
        slow.close()
        quick.close()


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-BTC", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("http://x")', "\uff1d1", "\uff20"]
)
def test_text_that_a_spreadsheet_would_run_is_marked_as_text(text: str) -> None:
    _, (cell,) = csv.reader(io.StringIO(csv_bytes(("text",), [(text,)], bom=None).decode(), newline=""))
    assert cell == f"'{text}"


@pytest.mark.parametrize("text", ["BTC/USDT", "$BTC", "a=b", "'x", "", " x", "币安人生"])
def test_other_text_stays_as_it_is(text: str) -> None:
    _, row = csv.reader(io.StringIO(csv_bytes(("text", "n"), [(text, 1)], bom=None).decode(), newline=""))
    assert row == [text, "1"]


def test_numbers_stay_numbers_in_plain_notation_and_what_is_absent_is_empty() -> None:
    row = (-5, Decimal("-1.50"), Decimal("1E-8"), Decimal("1E+3"), None, "")
    assert csv_bytes(("a",), [row], bom=None) == b"a\r\n-5,-1.5,0.00000001,1000,,\r\n"


@pytest.mark.parametrize("bom", [True, False, None])
def test_a_byte_order_mark_comes_first_and_only_when_asked_for(*, bom: bool | None) -> None:
    body = csv_bytes(("a",), [("é",)], bom=bom)
    assert body.startswith(b"\xef\xbb\xbf") is bool(bom)
    assert body.decode("utf-8-sig") == "a\r\né\r\n"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("quotes-BTC/USD", 'filename="quotes-BTC-USD.csv"'),
        ('a"b\r\nc/../d', 'filename="a-b-c-..-d.csv"'),
        ("币安人生/X$", "filename*=UTF-8''%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9F-X-.csv"),
    ],
)
def test_the_name_of_the_file_is_one_that_files_can_have(name: str, written: str) -> None:
    assert csv_headers(name)["Content-Disposition"] == f"attachment; {written}"
