"""Queries for entries and worth, as the OpenAPI document describes them."""

import re
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from application.ledger.ports.journal import EntryPosition
from application.wallets.list_entries import MAX_PAGE_ENTRIES
from application.wallets.value_wallets import USUAL_CACHE_MAX_SECONDS
from domain.rates.book import RateType
from entrypoints.http.quotes.fields import Moment
from entrypoints.http.rates.fields import MAX_CACHE_SECONDS
from entrypoints.http.rates.tradable_requests import AnyExchange, AnyTicker
from entrypoints.http.server.format import BomField
from entrypoints.http.server.paging import decoded_cursor, encoded_cursor, limit_up_to, wrong_cursor

LONGEST_CURSOR = 128

_WRITTEN = re.compile(rb"([0-9]{1,18})\.([0-9a-f]{32})\.([0-9a-f]{32})")
_SECONDS = re.compile(r"[0-9]{1,10}", re.ASCII)
_FORMATS = ("json", "csv", "beancount", "hledger")
_BOOLEANS = {"true": True, "false": False}


def entry_cursor(position: EntryPosition) -> str:
    """Write a position."""
    written = f"{position.recorded_at_us}.{position.transaction_id.hex}.{position.account_id.hex}"
    return encoded_cursor(written.encode())


def _position(cursor: object) -> EntryPosition:
    match = _WRITTEN.fullmatch(decoded_cursor(cursor, LONGEST_CURSOR))
    if match is None:
        raise wrong_cursor()
    return EntryPosition(int(match[1]), UUID(match[2].decode()), UUID(match[3].decode()))


def _format(value: object) -> object:
    name = value.lower() if isinstance(value, str) else ""
    if name not in _FORMATS:
        raise PydanticCustomError("format", "must be json, csv, beancount or hledger")
    return name


def _seconds(value: object) -> int | None:
    if value is None or value == "null":
        return None
    if not (isinstance(value, str) and _SECONDS.fullmatch(value) and int(value) <= MAX_CACHE_SECONDS):
        raise PydanticCustomError("seconds", "must be a whole number of seconds from 0 to 2147483647, or null")
    return int(value)


def _boolean(value: object) -> bool:
    if not isinstance(value, str) or value not in _BOOLEANS:
        raise PydanticCustomError("boolean", "must be true or false")
    return _BOOLEANS[value]


EntriesFormat = Annotated[
    Literal["json", "csv", "beancount", "hledger"] | None,
    BeforeValidator(_format),
    WithJsonSchema({"type": "string", "enum": list(_FORMATS)}),
]
EntryCursor = Annotated[
    EntryPosition | None,
    BeforeValidator(_position),
    WithJsonSchema({"type": "string", "format": "entry-cursor", "maxLength": LONGEST_CURSOR}),
]
Limit = Annotated[
    int | None,
    BeforeValidator(partial(limit_up_to, MAX_PAGE_ENTRIES)),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_PAGE_ENTRIES}),
]
Seconds = Annotated[
    int | None,
    BeforeValidator(_seconds),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0, "maximum": MAX_CACHE_SECONDS}, {"type": "null"}]}),
]
Flag = Annotated[bool, BeforeValidator(_boolean), WithJsonSchema({"type": "boolean"})]


class _Query(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class EntriesQuery(_Query):
    """Which entries to list, or at which moment to show balances."""

    limit: Limit = Field(None, description="Maximum number of entries; when absent, 100, or all of them in CSV.")
    cursor: EntryCursor = Field(None, description="The `next_cursor` of the previous page.")
    at: Moment = Field(
        None,
        description="A past moment, in Unix seconds or ISO 8601: the answer has the wallets as they were then, in "
        "JSON, instead of entries.",
        examples=["2026-11-21"],
    )
    format: EntriesFormat = Field(
        None,
        description="Format of the answer; `beancount` and `hledger`, for plain-text accounting, have all entries. "
        "When absent, the `Accept` header decides between JSON and CSV; JSON by default.",
    )
    bom: BomField = None


class WorthQueryFields(_Query):
    """In which currency to value, and at which prices."""

    to: AnyTicker = Field(
        None,
        description="Currency to value in, in upper or lower case; when absent, the user's `default_to` (`PATCH /me`), "
        "or USD.",
        examples=["USD"],
    )
    cache_max_seconds: Seconds = Field(
        USUAL_CACHE_MAX_SECONDS,
        description="Maximum age of the prices, in seconds; `null` fetches new ones for this request. An older price "
        "is `stale`. With `at`, how long before that moment a rate may have been recorded, by default two hours.",
    )
    rate_type: RateType = Field(
        RateType.MID, description="`mid`, or `executable`: what selling would bring. Not possible with `at`."
    )
    exchange: AnyExchange = Field(
        None, description="The only exchange whose prices count, in upper or lower case.", examples=["binance"]
    )
    include_route: Flag = Field(default=False, description="Whether each line has `route`: the legs with their prices.")
    at: Moment = Field(
        None,
        description="A past moment, in Unix seconds or ISO 8601: what there was then, at the rates recorded then.",
        examples=["2026-11-21"],
    )
