"""A call of the API before it is sent: no socket, no clock."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote
from uuid import uuid4

# A float is no amount: 0.1 is not a tenth.
Amount = Decimal | int | str


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked. `changes_nothing`: so that it can be sent again whatever has become of it."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    changes_nothing: bool = False
    idempotency_key: str | None = None

    @property
    def can_be_repeated(self) -> bool:
        """Whether it has no other effect when it is sent again."""
        return self.changes_nothing or self.idempotency_key is not None

    def headers(self) -> dict[str, str]:
        """Return its own headers."""
        return {
            "Accept": "application/json",
            **({"Content-Type": "application/json"} if self.body is not None else {}),
            **({"Idempotency-Key": self.idempotency_key} if self.idempotency_key is not None else {}),
        }

    def page(self, cursor: str | None) -> "Call":
        """Return the call for the page at `cursor`."""
        return self if cursor is None else replace(self, query={**self.query, "cursor": cursor})


def reading(path: str, **query: object) -> Call:
    """Return a GET; parameters that are None are left out."""
    return Call("GET", path, query=_query(query), changes_nothing=True)


def calculating(path: str, body: Mapping[str, object]) -> Call:
    """Return a POST that changes nothing."""
    return Call("POST", path, body=_body(body), changes_nothing=True)


def writing(method: str, path: str, body: Mapping[str, object] | None = None, *, key: str | None) -> Call:
    """Return a call whose effect happens once, however often it is sent: with `key`, or else with one of its own."""
    once = str(uuid4()) if key is None else key
    return Call(method, path, body=None if body is None else _body(body), idempotency_key=once)


def writing_once(method: str, path: str, body: Mapping[str, object] | None = None) -> Call:
    """Return a call that is not sent again once it may have arrived."""
    return Call(method, path, body=None if body is None else _body(body))


def segment(text: str) -> str:
    """Return the text as one segment of a path."""
    return quote(text, safe="")


def amount_text(amount: Amount) -> str:
    """Return an amount as the service reads it, exactly."""
    if isinstance(amount, bool) or not isinstance(amount, Decimal | int | str):
        raise TypeError(f"an amount is a Decimal, an int or a str, for it is exact; this is a {type(amount).__name__}")
    return format(amount, "f") if isinstance(amount, Decimal) else str(amount)


def optional_amount(amount: Amount | None) -> str | None:
    """Return an amount, if there is one, as the service reads it."""
    return None if amount is None else amount_text(amount)


def positive_text(amount: Amount) -> str:
    """Return an amount above 0 as the service reads it. Raises `ValueError` for any other, such as -1."""
    text = amount_text(amount).strip().removeprefix("+")
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"an amount is a number; this is {text!r}") from None
    if not value.is_finite() or value <= 0:
        raise ValueError(f"the amount must be above 0; this is {text}")
    return text


def negated(amount: Amount) -> str:
    """Return minus an amount above 0."""
    return f"-{positive_text(amount)}"


def moment_text(moment: datetime) -> str:
    """Return a moment as the service reads it."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone, such as datetime.now(UTC)")
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _query(query: Mapping[str, object]) -> dict[str, str]:
    # A trailing underscore keeps a parameter such as `from` from being a keyword.
    return {name.rstrip("_"): _parameter(value) for name, value in query.items() if value is not None}


def _parameter(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return moment_text(value)
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _body(body: Mapping[str, Any]) -> bytes:
    return json.dumps({name: value for name, value in body.items() if value is not None}).encode()
