"""`/entries`: what happened to wallets, and what was in them."""

from collections.abc import AsyncIterator

from aiohttp import web

from application.wallets.list_entries import EntriesPage, WalletEntry
from domain.wallets.wallet import WalletName
from entrypoints.http.server.app_keys import CALLER, CONTAINER
from entrypoints.http.server.caching import revalidated
from entrypoints.http.server.common_problems import NOT_FOUND, FieldError, invalid_input
from entrypoints.http.server.csv_response import Row, csv_response, csv_stream, in_turns
from entrypoints.http.server.format import wants_csv
from entrypoints.http.server.long_answers import READING_ROWS
from entrypoints.http.server.request_query import request_in_query
from entrypoints.http.wallets import examples
from entrypoints.http.wallets.change import READ, wallets_endpoint
from entrypoints.http.wallets.entries_schemas import COLUMNS, EntriesAnswer, entries_body, entry_row
from entrypoints.http.wallets.fields import NAME_PARAMETER
from entrypoints.http.wallets.plain_text import PLAIN_TEXT, PlainTextFormat, plain_text
from entrypoints.http.wallets.queries import EntriesQuery
from entrypoints.http.wallets.routes import name_in_path

USUAL_ENTRIES = 100

_FILE = "crossrate-entries"
_CSV = "A header and one row per entry: all of them, unless a limit is given."
_ABOUT = (
    "In pages: a new entry never moves another one to a different page. The entries of deleted wallets stay. An API "
    "key needs `wallets:read`."
)


async def get_entries(request: web.Request) -> web.StreamResponse:
    """Answer with the entries of all wallets."""
    return await _answer(request, None)


GET_ENTRIES = wallets_endpoint(
    method="GET",
    path="/api/v1/entries",
    handler=get_entries,
    access=READ,
    id="entries",
    summary="List the entries of all wallets, newest first",
    description=_ABOUT,
    query=EntriesQuery,
    answer=EntriesAnswer,
    answer_examples=examples.ENTRIES,
    is_revalidated=True,
    csv=_CSV,
)


async def get_wallet_entries(request: web.Request) -> web.StreamResponse:
    """Answer with the entries of one wallet."""
    return await _answer(request, name_in_path(request))


GET_WALLET_ENTRIES = wallets_endpoint(
    method="GET",
    path="/api/v1/wallets/{name}/entries",
    handler=get_wallet_entries,
    access=READ,
    id="walletEntries",
    summary="List the entries of a wallet, newest first",
    description=f"If no wallet has the name, those of the last deleted one that had it. {_ABOUT}",
    path_parameters=NAME_PARAMETER,
    query=EntriesQuery,
    answer=EntriesAnswer,
    answer_examples=examples.ENTRIES,
    problems=(NOT_FOUND,),
    is_revalidated=True,
    csv=_CSV,
)

ENDPOINTS = (GET_WALLET_ENTRIES, GET_ENTRIES)


async def _answer(request: web.Request, name: WalletName | None) -> web.StreamResponse:
    asked, user = request_in_query(request, EntriesQuery), request[CALLER].user
    if asked.at is not None:
        return await _balances(request, name, asked, asked.at)
    list_entries = request.app[CONTAINER].wallets().list_entries()
    if asked.format in PLAIN_TEXT:
        _require_whole(asked)
        return await _plain_text(request, name, PLAIN_TEXT[asked.format])
    is_csv = wants_csv(request, asked.format)
    if is_csv and asked.limit is None and asked.cursor is None:
        async with request.app[READING_ROWS]:
            version = await list_entries.version(user, name)
        rows = _rows(list_entries.each(user, name))
        return await csv_stream(request, _FILE, COLUMNS, rows, bom=asked.bom, version=version)
    page = await _page(request, name, asked)
    if is_csv:
        return await csv_response(request, _FILE, COLUMNS, map(entry_row, page.entries), bom=asked.bom)
    return revalidated(request, await entries_body(page))


async def _page(request: web.Request, name: WalletName | None, asked: EntriesQuery) -> EntriesPage:
    list_entries, user = request.app[CONTAINER].wallets().list_entries(), request[CALLER].user
    limit = asked.limit or USUAL_ENTRIES
    if limit <= USUAL_ENTRIES:
        return await list_entries(user, name, asked.cursor, limit)
    async with request.app[READING_ROWS]:  # it is read in pieces: pages at once would use up the database's connections
        return await list_entries(user, name, asked.cursor, limit)


async def _balances(request: web.Request, name: WalletName | None, asked: EntriesQuery, at: int) -> web.Response:
    if at >= int(request.app[CONTAINER].wallets().clock().now()):  # balances are those of the end of that second
        raise invalid_input([FieldError("at", "must be in the past")])
    if asked.format not in {None, "json"} or asked.cursor is not None or asked.limit is not None:
        raise invalid_input([FieldError("at", "must be alone: the balances come in JSON, all at once")])
    read, user = request.app[CONTAINER].wallets().read_wallets(), request[CALLER].user
    views = await read.all(user, at) if name is None else [await read.named(user, name, at)]
    return revalidated(request, EntriesAnswer.of_balances(views, at).model_dump_json(exclude_none=True).encode())


def _require_whole(asked: EntriesQuery) -> None:
    given = {"limit": asked.limit, "cursor": asked.cursor}
    errors = [
        FieldError(name, f"must be left out with {asked.format}, which has all entries")
        for name in given
        if given[name] is not None
    ]
    if errors:
        raise invalid_input(errors)


async def _plain_text(request: web.Request, name: WalletName | None, written_as: PlainTextFormat) -> web.Response:
    list_entries, user = request.app[CONTAINER].wallets().list_entries(), request[CALLER].user
    await list_entries(user, name, None, 1)  # so that an unknown name is a problem, and not half a document
    headers = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Disposition": f'attachment; filename="{_FILE}.{written_as}"',
    }
    written = plain_text(list_entries.each(user, name), written_as)
    return web.Response(body=in_turns(request.app[READING_ROWS], written), headers=headers)


async def _rows(entries: AsyncIterator[WalletEntry]) -> AsyncIterator[Row]:
    async for entry in entries:
        yield entry_row(entry)
