"""Reads a batch whose lines are all usual, all at once."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Generic, NamedTuple, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from domain.rates.book import RateType
from entrypoints.http.rates.fields import MAX_CACHE_SECONDS

_REQUIRED = 3
_OPTIONAL = ("exchange", "cache_max_seconds", "rate_type", "include_route")
_QUOTE = '"'


# A whole number or the text of a string, which are quick to convert, or what is written.
QuickAmount = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] | str
Amount_co = TypeVar("Amount_co", bound=QuickAmount | msgspec.Raw, covariant=True)


class UsualLine(msgspec.Struct, Generic[Amount_co], forbid_unknown_fields=True, gc=False):
    """A line in whose fields the quick reader finds nothing unusual."""

    currency_from: str
    currency_to: str
    amount: Amount_co
    exchange: str | UnsetType | None = UNSET
    cache_max_seconds: Annotated[int, msgspec.Meta(ge=0, le=MAX_CACHE_SECONDS)] | UnsetType | None = UNSET
    rate_type: RateType | UnsetType = UNSET
    include_route: bool | UnsetType = UNSET

    @property
    def amount_text(self) -> str:
        """The amount without quotes. Where it is kept as written, an escape makes it no amount."""
        if not isinstance(self.amount, msgspec.Raw):
            return str(self.amount)
        text = str(self.amount, "ascii", "replace")
        return text[1:-1] if text[0] == _QUOTE else text


class _UsualBody(msgspec.Struct, Generic[Amount_co], forbid_unknown_fields=True):
    conversions: list[UsualLine[Amount_co]]
    exchange: msgspec.Raw | UnsetType = UNSET
    cache_max_seconds: msgspec.Raw | UnsetType = UNSET
    rate_type: msgspec.Raw | UnsetType = UNSET
    include_route: msgspec.Raw | UnsetType = UNSET


_read_quick_body = msgspec.json.Decoder(_UsualBody[QuickAmount]).decode
_read_body = msgspec.json.Decoder(_UsualBody[msgspec.Raw]).decode
_read_line = msgspec.json.Decoder(UsualLine[msgspec.Raw]).decode

AnyUsualLine = UsualLine[int | str] | UsualLine[msgspec.Raw]


class UsualLines(NamedTuple):
    """All lines of a body, and the JSON of its other members.

    `are_alike` says whether they differ in nothing but two currencies and an amount.
    """

    lines: Sequence[AnyUsualLine]
    members: Mapping[str, bytes]
    are_alike: bool


def usual_lines(body: bytes) -> UsualLines | None:
    """Read the lines if all are usual, and nothing is there twice."""
    read = _read_either(body)
    if read is None:
        return None
    lines = read.conversions
    members = {name: bytes(text) for name in _OPTIONAL if (text := getattr(read, name)) is not UNSET}
    # Every field has one colon, so none is repeated if no colon is left over.
    colons = body.count(b":") - 1 - sum(1 + text.count(b":") for text in members.values())
    if colons == _REQUIRED * len(lines):
        return UsualLines(lines, members, are_alike=True)
    columns = {name: [getattr(line, name) for line in lines] for name in _OPTIONAL}
    unset = sum(column.count(UNSET) for column in columns.values())
    if colons != (_REQUIRED + len(_OPTIONAL)) * len(lines) - unset:
        return None
    are_alike = all(column.count(column[0]) == len(lines) for column in columns.values())
    return UsualLines(lines, members, are_alike)


def _read_either(body: bytes) -> _UsualBody[int | str] | _UsualBody[msgspec.Raw] | None:
    for read in (_read_quick_body, _read_body):
        try:
            return read(body)
        except msgspec.DecodeError:
            pass
    return None


def usual_line(text: bytes) -> UsualLine[msgspec.Raw] | None:
    """Read a line if it is usual, and repeats no field."""
    try:
        line = _read_line(text)
    except msgspec.DecodeError:
        return None
    fields = _REQUIRED + sum(getattr(line, name) is not UNSET for name in _OPTIONAL)
    return line if text.count(b":") == fields else None
