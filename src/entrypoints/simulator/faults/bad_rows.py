"""Breaks rows in every way that has been seen or can be expected."""

from collections.abc import Callable
from itertools import cycle

from entrypoints.simulator.reply import Row

# The best known pairs come first and stay good, so that tests can rely on them.
SPARED_ROWS = 20

_BIDS = ("bidPrice", "buy", "b", "bidPx", "bid1Price")
_ASKS = ("askPrice", "sell", "a", "askPx", "ask1Price")
_PRICES = (*_BIDS, *_ASKS, "price", "last")
_BASES = ("baseAsset", "baseCurrency", "base", "baseCcy", "baseCoin")


def broken(rows: list[Row], every: int) -> list[object]:
    """Break every `every`-th row after the spared ones, each in the next of several ways."""
    ways = cycle(_WAYS)
    return [
        next(ways)(row) if i >= SPARED_ROWS and (i - SPARED_ROWS) % every == 0 else row for i, row in enumerate(rows)
    ]


def _null(_: Row) -> object:
    return None


def _text_instead_of_a_row(row: Row) -> object:
    return row.get("symbol", "BTC")


def _list_instead_of_a_row(row: Row) -> object:
    return list(row)


def _empty_row(_: Row) -> object:
    return {}


def _number_instead_of_text(row: Row) -> object:
    return _with(row, _PRICES, 12.5) | {"symbol": 12345}


def _fields_missing(row: Row) -> object:
    return {name: value for name, value in row.items() if name not in (*_ASKS, *_BASES)}


def _null_fields(row: Row) -> object:
    return _with(row, (*_BIDS, *_BASES), None)


def _not_a_number(row: Row) -> object:
    return _with(row, _PRICES, "NaN") | _with_base(row, "")


def _infinite(row: Row) -> object:
    return _with(row, _ASKS, "Infinity") | _with_base(row, "A B")


def _negative(row: Row) -> object:
    return _with(row, _BIDS, "-1.00000000") | _with_base(row, 7)


def _crossed(row: Row) -> object:
    return _with(_with(row, _BIDS, "3.00000000"), _ASKS, "2.00000000") | _with_base(row, "X" * 500)


def _absurd_exponent(row: Row) -> object:
    return _with(row, _PRICES, "1E+999999999") | _with_base(row, ["BTC"])


def _words(row: Row) -> object:
    return _with(row, _PRICES, "soon") | _with_base(row, "\x00")


_WAYS: tuple[Callable[[Row], object], ...] = (
    _null,
    _number_instead_of_text,
    _fields_missing,
    _not_a_number,
    _negative,
    _crossed,
    _text_instead_of_a_row,
    _absurd_exponent,
    _null_fields,
    _infinite,
    _list_instead_of_a_row,
    _words,
    _empty_row,
)


def _with(row: Row, names: tuple[str, ...], value: object) -> Row:
    return {name: value if name in names else kept for name, kept in row.items()}


def _with_base(row: Row, value: object) -> Row:
    return {name: value for name in _BASES if name in row}
