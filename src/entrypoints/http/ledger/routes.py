"""`/api/v1/admin/ledger`: what the ledger sums to, for administrators."""

from collections.abc import AsyncIterator

from aiohttp import web

from application.ledger.read_totals import ReadTotals
from application.ports.rate_limiter import Group
from entrypoints.http.ledger import examples
from entrypoints.http.ledger.queries import TotalsQuery
from entrypoints.http.ledger.schemas import COLUMNS, TotalsAnswer, total_rows
from entrypoints.http.server.access.guard import AsAdmin
from entrypoints.http.server.app_keys import CONTAINER
from entrypoints.http.server.csv_response import Row, csv_response, csv_stream
from entrypoints.http.server.endpoint import Endpoint
from entrypoints.http.server.format import wants_csv
from entrypoints.http.server.json_response import json_response
from entrypoints.http.server.request_query import request_in_query

USUAL_ASSETS = 100

_FILE = "crossrate-ledger"


async def get_ledger(request: web.Request) -> web.Response:
    """Answer with a page of totals, or with all of them as CSV."""
    asked = request_in_query(request, TotalsQuery)
    read, is_csv = request.app[CONTAINER].ledger().read_totals(), wants_csv(request, asked.format)
    if is_csv and asked.limit is None and asked.cursor is None:
        return await csv_stream(request, _FILE, COLUMNS, _rows(read), bom=asked.bom, version=None)
    page = await read(asked.cursor, asked.limit or USUAL_ASSETS)
    if is_csv:
        rows = (row for totals in page.assets for row in total_rows(totals))
        return await csv_response(request, _FILE, COLUMNS, rows, bom=asked.bom)
    return json_response(TotalsAnswer.of(page))


GET_LEDGER = Endpoint(
    method="GET",
    path="/api/v1/admin/ledger",
    handler=get_ledger,
    id="ledger",
    tag="Administration",
    access=AsAdmin(Group.ACCOUNT),
    summary="Show what we owe and what we hold: totals by asset and kind of account",
    description="Each page is of one moment.",
    query=TotalsQuery,
    answer=TotalsAnswer,
    answer_examples=examples.TOTALS,
    csv="A header and one row per asset and kind of account: all of them, unless a limit is given.",
)

ENDPOINTS = (GET_LEDGER,)


async def _rows(read: ReadTotals) -> AsyncIterator[Row]:
    async for totals in read.each():
        for row in total_rows(totals):
            yield row
