"""JSON as RFC 8259 defines it, stricter than Python's own reader.

No NaN or Infinity, no key twice, no lone surrogate, UTF-8 only, bounded nesting, and numbers kept as written:
pydantic's own reader turns 0.12345678901234567890123 into a float. A byte order mark is skipped, as RFC 8259 allows.
"""

import json
from dataclasses import dataclass

# Longer numbers stay text: converting them to int takes unbounded time.
LONGEST_INTEGER = 40


class MalformedJson(ValueError):
    """Not a JSON document. The message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class JsonNumber:
    """A number with a fraction, an exponent or very many digits, as written."""

    text: str


def loads(body: bytes) -> object:
    """Read one document: dict, list, str, int, `JsonNumber`, bool or None. Raises `MalformedJson`."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedJson("the body is not UTF-8") from error
    try:
        document: object = _DECODER.decode(text)
        is_encodable = "\\u" not in text or _is_encodable(document)
    except json.JSONDecodeError as error:
        raise MalformedJson(f"{error.msg} at line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise MalformedJson("the document is nested too deeply") from error
    if not is_encodable:
        raise MalformedJson("the document has half a surrogate pair")
    return document


def _integer(text: str) -> int | JsonNumber:
    return int(text) if len(text) <= LONGEST_INTEGER else JsonNumber(text)


def _constant(name: str) -> None:
    raise MalformedJson(f"{name} is not a JSON value")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedJson("an object has the same key twice")
    return members


def _is_encodable(document: object) -> bool:
    if isinstance(document, str):
        try:
            document.encode("utf-8")
        except UnicodeEncodeError:
            return False
        return True
    if isinstance(document, dict):
        return all(_is_encodable(key) and _is_encodable(value) for key, value in document.items())
    return not isinstance(document, list) or all(map(_is_encodable, document))


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=JsonNumber, parse_int=_integer, parse_constant=_constant
)
