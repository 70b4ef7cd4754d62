"""Amounts as integers of 10**-18, the smallest unit of any currency: nothing here can round."""

import re

ONE = 10**18
LARGEST = 10**38 - 1

_PLAIN = re.compile(r"(-?)(0|[1-9]\d*)(?:\.(\d{1,18}))?")


def units_of(text: str) -> int:
    """Read an amount in plain decimal notation; anything else fails."""
    found = _PLAIN.fullmatch(text)
    assert found, text
    sign, whole, part = found.groups(default="")
    return int(f"{sign}{whole}{part.ljust(18, '0')}")


def text_of(units: int) -> str:
    """Write an amount in plain decimal notation."""
    whole, part = divmod(abs(units), ONE)
    return f"{'-' if units < 0 else ''}{whole}.{part:018}".rstrip("0").rstrip(".")
