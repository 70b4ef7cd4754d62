"""Keeps out of the log the rows and values that a driver of the database repeats in its errors."""

import re
import sys
from collections.abc import Iterator

from structlog.typing import EventDict

# Postgres adds a "DETAIL:  Failing row contains (...)", which may be a row with hashes or an address with a token, and
# asyncpg says "invalid input for query argument $1: 'the value' (expected ...)". A row may hold any text, so nothing
# that follows is shown.
_VALUES = re.compile(r"(DETAIL:|query argument \$\d+(?: in element #\d+ of executemany\(\) sequence)?:).*", re.DOTALL)


def without_values(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Cut the texts of the event, and the messages of its exception and of all that this came from."""
    for name, value in event.items():
        if isinstance(value, str) and ("DETAIL:" in value or "query argument $" in value):
            event[name] = _cut(value)
    error = _exception_of(event.get("exc_info"))
    if error is not None:
        for each in _all_of(error):
            _cut_message(each)
    return event


def _exception_of(exc_info: object) -> BaseException | None:
    found = sys.exc_info() if exc_info is True else exc_info
    error = found[1] if isinstance(found, tuple) else found
    return error if isinstance(error, BaseException) else None


def _all_of(error: BaseException) -> Iterator[BaseException]:
    seen, left = set[int](), [error]
    while left:
        each = left.pop()
        if id(each) not in seen:
            seen.add(id(each))
            yield each
            of_group = each.exceptions if isinstance(each, BaseExceptionGroup) else ()
            left += [found for found in (each.__cause__, each.__context__, *of_group) if found is not None]


def _cut_message(error: BaseException) -> None:
    if hasattr(error, "sqlstate") and getattr(error, "detail", None):
        error.detail = None  # type: ignore[attr-defined]  # of asyncpg, which adds it to the message
    if error.args and isinstance(error.args[0], str):
        error.args = (_cut(error.args[0]), *error.args[1:])


def _cut(text: str) -> str:
    return _VALUES.sub(r"\1 ...", text)
