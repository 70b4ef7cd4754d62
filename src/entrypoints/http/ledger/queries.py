"""Queries for the ledger's totals, as the OpenAPI document describes them."""

from functools import partial
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from application.ledger.read_totals import MAX_PAGE_ASSETS
from domain.currency import Currency
from domain.errors import InvalidInput
from entrypoints.http.server.format import BomField, FormatField
from entrypoints.http.server.paging import decoded_cursor, limit_up_to, wrong_cursor

LONGEST_CURSOR = 128


def _code(cursor: object) -> Currency:
    try:
        return Currency(decoded_cursor(cursor, LONGEST_CURSOR).decode())
    except (UnicodeDecodeError, InvalidInput) as error:
        raise wrong_cursor() from error


AssetCursor = Annotated[
    Currency | None,
    BeforeValidator(_code),
    WithJsonSchema({"type": "string", "format": "asset-cursor", "maxLength": LONGEST_CURSOR}),
]
Limit = Annotated[
    int | None,
    BeforeValidator(partial(limit_up_to, MAX_PAGE_ASSETS)),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_PAGE_ASSETS}),
]


class TotalsQuery(BaseModel):
    """Which assets to list."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    limit: Limit = Field(None, description="Maximum number of assets; when absent, 100, or all of them in CSV.")
    cursor: AssetCursor = Field(None, description="The `next_cursor` of the previous page.")
    format: FormatField = None
    bom: BomField = None
