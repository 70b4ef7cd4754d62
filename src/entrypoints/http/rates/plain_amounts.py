"""Reads the amounts of plain lines, of many at once where all are written plainly."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import cast

import msgspec

from domain.errors import InvalidInput
from domain.rates.conversion import MAX_AMOUNT_CHARACTERS, parse_amount
from entrypoints.http.rates.usual_lines import AnyUsualLine


def plain_amounts(lines: Sequence[AnyUsualLine]) -> Iterable[Decimal | int] | None:
    """Return the amounts if all are written as digits, or as digits, a point and digits."""
    amounts = [line.amount for line in lines]
    kinds = set(map(type, amounts))
    if kinds == {int}:
        return cast("list[int]", amounts)
    joined = ",".join(map(str, amounts)) if msgspec.Raw not in kinds else _joined(amounts)
    texts = joined.split(",")
    lengths = list(map(len, texts))
    is_usual = len(texts) == len(lines) and min(lengths) > 0 and max(lengths) <= MAX_AMOUNT_CHARACTERS
    return map(Decimal, texts) if is_usual and _are_numbers(joined, texts) else None


def plain_amount(line: AnyUsualLine) -> Decimal | None:
    """Return the amount of one line; None if it is wrong."""
    try:
        return parse_amount(line.amount_text)
    except InvalidInput:
        return None


def _joined(amounts: Iterable[object]) -> str:
    return b",".join(cast("list[msgspec.Raw]", amounts)).decode("ascii", "replace").replace('"', "")


def _are_numbers(joined: str, texts: Iterable[str]) -> bool:
    if "." in joined:
        around = f",{joined},"
        if ",." in around or ".," in around or max(text.count(".") for text in texts) > 1:
            return False
        joined = joined.replace(".", "")
    return joined.isascii() and joined.replace(",", "").isdigit()
