"""Parameters of lists in pages: how many rows, and the cursor at which the next page begins."""

import binascii
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

from pydantic_core import PydanticCustomError

WRONG_CURSOR = "must be the `next_cursor` of an earlier answer"

_LIMIT = re.compile(r"[0-9]{1,4}", re.ASCII)


def limit_up_to(most: int, value: object) -> int:
    """Read a number of rows."""
    if not (isinstance(value, str) and _LIMIT.fullmatch(value) and 1 <= int(value) <= most):
        raise PydanticCustomError("limit", "must be a whole number from 1 to {most}", {"most": most})
    return int(value)


def encoded_cursor(position: bytes) -> str:
    """Return a position as text that clients need not understand."""
    return urlsafe_b64encode(position).decode().rstrip("=")


def decoded_cursor(cursor: object, longest: int) -> bytes:
    """Read what `encoded_cursor` wrote."""
    if isinstance(cursor, str) and len(cursor) <= longest and cursor.isascii():
        try:
            return urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        except binascii.Error:
            pass
    raise wrong_cursor()


def wrong_cursor() -> PydanticCustomError:
    """Return the error for a cursor that no answer had."""
    return PydanticCustomError("cursor", WRONG_CURSOR)
