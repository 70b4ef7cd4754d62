"""Queries for exchanges, currencies and pairs, as the OpenAPI document describes them."""

from functools import partial
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from domain.currency import MAX_LENGTH
from entrypoints.http.rates.fields import CurrencyField, ExchangeField, FlagField
from entrypoints.http.server.format import BomField, FormatField
from entrypoints.http.server.paging import decoded_cursor, encoded_cursor, limit_up_to, wrong_cursor

MOST_ROWS = 1000

_LONGEST_CURSOR = 256


def cursor_after(*key: str) -> str:
    """Return the cursor of the page that begins after the row with this key."""
    return encoded_cursor("\n".join(key).encode())


def _key_of(parts: int) -> BeforeValidator:
    def read(cursor: object) -> tuple[str, ...]:
        key = tuple(decoded_cursor(cursor, _LONGEST_CURSOR).decode(errors="replace").split("\n"))
        if len(key) != parts or cursor_after(*key) != cursor:
            raise wrong_cursor()
        return key

    return BeforeValidator(read)


_CURSOR = {"type": "string", "format": "tradable-cursor", "maxLength": _LONGEST_CURSOR}
_TICKER = {"type": "string", "format": "ticker", "minLength": 1, "maxLength": MAX_LENGTH}

Limit = Annotated[
    int | None,
    BeforeValidator(partial(limit_up_to, MOST_ROWS)),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_ROWS}),
]
# Absent is None; `exchange=null` is too, as it is for conversions in a query.
AnyTicker = Annotated[CurrencyField | None, WithJsonSchema(_TICKER)]
AnyExchange = Annotated[ExchangeField, BeforeValidator(lambda text: None if text == "null" else text)]
LONGEST_SEARCH = 40

Search = Annotated[str | None, Field(min_length=1, max_length=LONGEST_SEARCH)]
CodeCursor = Annotated[tuple[str] | None, _key_of(1), WithJsonSchema(_CURSOR)]
PairCursor = Annotated[tuple[str, str] | None, _key_of(2), WithJsonSchema(_CURSOR | {"format": "tradable-pair-cursor"})]


class _Query(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class ExchangesQuery(_Query):
    """In which format to list the exchanges."""

    format: FormatField = None
    bom: BomField = None


class CurrenciesQuery(_Query):
    """Which currencies to list."""

    search: Search = Field(
        None,
        description="Only currencies with this in the code or the name, in any case; what begins with it is first.",
        examples=["dollar"],
    )
    limit: Limit = Field(None, description="Maximum number of currencies; when absent, 100, or all of them in CSV.")
    cursor: CodeCursor = Field(None, description="The `next_cursor` of the previous page.")
    format: FormatField = None
    bom: BomField = None


class PairsQuery(_Query):
    """Which pairs to list."""

    exchange: AnyExchange = Field(None, description="The only exchange, in upper or lower case.", examples=["binance"])
    base: AnyTicker = Field(None, description="Only pairs with this base.", examples=["BTC"])
    quote: AnyTicker = Field(None, description="Only pairs with this quote.", examples=["USDT"])
    search: Search = Field(
        None,
        description="Only pairs with this in the symbol, or in a code or name, in any case; what begins with it is "
        "first.",
        examples=["btcus"],
    )
    limit: Limit = Field(None, description="Maximum number of pairs; when absent, 100, or all of them in CSV.")
    include_prices: FlagField = Field(
        default=False, description="Whether to add the `bid`, `ask` and `observed_at` in memory; not in CSV."
    )
    cursor: PairCursor = Field(None, description="The `next_cursor` of the previous page.")
    format: FormatField = None
    bom: BomField = None
