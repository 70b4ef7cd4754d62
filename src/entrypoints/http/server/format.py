"""JSON or CSV: which of them an answer is in."""

from typing import Annotated, Literal

from aiohttp import web
from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from entrypoints.http.server.accept import Accepted

_BOOLEANS = {"1": True, "true": True, "0": False, "false": False}


def _format(value: object) -> object:
    name = value.lower() if isinstance(value, str) else ""
    if name not in {"csv", "json"}:
        raise PydanticCustomError("format", "must be csv or json")
    return name


def _bom(value: object) -> object:
    if not isinstance(value, str) or value.lower() not in _BOOLEANS:
        raise PydanticCustomError("bom", "must be 1 or 0")
    return _BOOLEANS[value.lower()]


# The two parameters of every query whose answer comes as CSV, too.
FormatField = Annotated[
    Literal["csv", "json"] | None,
    BeforeValidator(_format),
    WithJsonSchema({"type": "string", "enum": ["csv", "json"]}),
    Field(description="Format of the answer. When absent, the `Accept` header decides; JSON by default."),
]
BomField = Annotated[
    bool | None,
    BeforeValidator(_bom),
    WithJsonSchema({"type": "string", "enum": ["1", "0", "true", "false"]}),
    Field(description="`1` begins CSV with a byte order mark, by which Excel recognises UTF-8."),
]


def wants_csv(request: web.Request, asked: str | None) -> bool:
    """Tell whether to answer in CSV: where the parameter `format` says so, else by `Accept`.

    Where both formats are wanted alike, as with `*/*`, CSV must be named.
    """
    if asked is not None:
        return asked == "csv"
    accepted = Accepted(request)
    csv, json = accepted.weight("text/csv"), accepted.weight("application/json")
    return csv > json or (csv == json > 0 and accepted.names("text/csv"))
