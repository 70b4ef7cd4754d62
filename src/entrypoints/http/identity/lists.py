"""`/api/v1/admin/users` and `/api/v1/admin/audit`: all users, and the audit log, for administrators."""

from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import TypeVar

from aiohttp import web

from application.ports.rate_limiter import Group
from entrypoints.http.identity import list_examples as examples
from entrypoints.http.identity.list_queries import AuditQuery, UsersQuery
from entrypoints.http.identity.list_schemas import (
    EVENT_COLUMNS,
    USER_COLUMNS,
    AuditAnswer,
    UsersAnswer,
    event_row,
    user_row,
)
from entrypoints.http.server.access.guard import AsAdmin
from entrypoints.http.server.app_keys import CONTAINER
from entrypoints.http.server.csv_response import Row, csv_response, csv_stream
from entrypoints.http.server.endpoint import Endpoint
from entrypoints.http.server.format import wants_csv
from entrypoints.http.server.json_response import json_response
from entrypoints.http.server.request_query import request_in_query

USUAL_LIMIT = 100

T = TypeVar("T")

_list = partial(Endpoint, method="GET", tag="Administration", access=AsAdmin(Group.ACCOUNT))


async def get_users(request: web.Request) -> web.Response:
    """Answer with a page of users, or with all of them as CSV."""
    asked = request_in_query(request, UsersQuery)
    list_users, is_csv = request.app[CONTAINER].identity().list_users(), wants_csv(request, asked.format)
    if is_csv and asked.limit is None and asked.cursor is None:
        rows = _rows(list_users.each(), user_row)
        return await csv_stream(request, "crossrate-users", USER_COLUMNS, rows, bom=asked.bom, version=None)
    page = await list_users.page(asked.cursor, asked.limit or USUAL_LIMIT)
    if is_csv:
        return await csv_response(request, "crossrate-users", USER_COLUMNS, map(user_row, page.users), bom=asked.bom)
    return json_response(UsersAnswer.of(page))


GET_USERS = _list(
    path="/api/v1/admin/users",
    handler=get_users,
    id="users",
    summary="List all users, oldest first",
    description="In pages: a new user never moves another one to a different page.",
    query=UsersQuery,
    answer=UsersAnswer,
    answer_examples=examples.USERS,
    csv="A header and one row per user: all of them, unless a limit is given.",
)


async def get_audit(request: web.Request) -> web.Response:
    """Answer with a page of events, or with all of them as CSV."""
    asked = request_in_query(request, AuditQuery)
    read, is_csv = request.app[CONTAINER].identity().read_audit_log(), wants_csv(request, asked.format)
    if is_csv and asked.limit is None and asked.cursor is None:
        rows = _rows(read.each(), event_row)
        return await csv_stream(request, "crossrate-audit", EVENT_COLUMNS, rows, bom=asked.bom, version=None)
    page = await read.page(asked.cursor, asked.limit or USUAL_LIMIT)
    if is_csv:
        return await csv_response(request, "crossrate-audit", EVENT_COLUMNS, map(event_row, page.events), bom=asked.bom)
    return json_response(AuditAnswer.of(page))


GET_AUDIT = _list(
    path="/api/v1/admin/audit",
    handler=get_audit,
    id="audit",
    summary="List the events of the audit log, newest first",
    description="What happened to accounts, keys and the ledger in the past year. In pages: a new event never moves "
    "another one to a different page.",
    query=AuditQuery,
    answer=AuditAnswer,
    answer_examples=examples.EVENTS,
    csv="A header and one row per event: all of them, unless a limit is given.",
)

ENDPOINTS = (GET_USERS, GET_AUDIT)


async def _rows(found: AsyncIterator[T], row_of: Callable[[T], Row]) -> AsyncIterator[Row]:
    async for each in found:
        yield row_of(each)
