"""Orca's documents, as a server of the tests sends them."""

from typing import Any, TypeAlias

Json: TypeAlias = Any


def pair(symbol: str, base: str, quote: str, *, is_online: bool = True) -> Json:
    return {
        "altname": f"{base}/{quote}",
        "wsname": f"{base}/{quote}",
        "base": base,
        "quote": quote,
        "status": "online" if is_online else "cancel_only",
        "lot_decimals": 8,
        "tick_size": "0.1",
        "ordermin": "0.00005",
        "costmin": "0.5",
        "fees": [[0, 0.40], [10000, 0.35]],
        "fees_maker": [[0, 0.25], [10000, 0.20]],
        "key": symbol,
    }


def ticker(symbol: str, bid: str | None, ask: str | None) -> Json:
    return {"a": [ask, "1", "1.000"], "b": [bid, "1", "1.000"], "c": ["1", "0.1"], "key": symbol}


def answer(rows: list[Json], **more: Json) -> Json:
    """Put rows under their keys, beside `more`; a row without a key gets one of its own."""
    keys = [row.pop("key") if isinstance(row, dict) and "key" in row else f"JUNK{at}" for at, row in enumerate(rows)]
    return {"error": [], **more, "result": dict(zip(keys, rows, strict=True))}
