"""Recorded payloads, served unchanged except for their time."""

import re
from pathlib import Path

import orjson

from entrypoints.simulator.market.listing import BINANCE, KUCOIN
from entrypoints.simulator.recordings import UnusableRecording, read_bounded
from entrypoints.simulator.reply import Row
from entrypoints.simulator.venues.payloads import (
    ALL_TICKERS,
    BOOK_TICKER,
    EXCHANGE_INFO,
    SYMBOLS,
    TICKER_24HR,
    TICKER_PRICE,
    Payloads,
)

_DOCUMENTS = {
    BINANCE: (EXCHANGE_INFO, BOOK_TICKER, TICKER_PRICE, TICKER_24HR),
    KUCOIN: (SYMBOLS, ALL_TICKERS),
}

# Where a document keeps its list of rows; the others are the list itself.
_LIST_WITHIN = {EXCHANGE_INFO: ("symbols",), SYMBOLS: ("data",), ALL_TICKERS: ("data", "ticker")}

# The time of KuCoin's snapshot. Crossrate would reject one as old as the recording.
_TIME = re.compile(rb'(?<="time":)\s*[0-9]+')


class RecordedPayloads(Payloads):
    """One exchange's documents, read once from FOLDER/EXCHANGE/NAME.json.gz or NAME.json."""

    def __init__(self, exchange: str, folder: Path, tick_seconds: float = 1.0) -> None:
        self._tick_seconds = tick_seconds
        self._documents = {name: _read(folder / exchange, name) for name in _DOCUMENTS[exchange]}
        self._rows = {name: _rows_of(folder / exchange, name, body) for name, body in self._documents.items()}

    def document(self, name: str, tick: int) -> bytes:
        """Return the recorded bytes; a snapshot gets the time of the tick."""
        document = self._documents[name]
        if name != ALL_TICKERS:
            return document
        return _TIME.sub(b"%d" % round(tick * self._tick_seconds * 1000), document, count=1)

    def rows(self, name: str, tick: int) -> list[Row]:  # noqa: ARG002
        """Return the recorded list of rows."""
        return self._rows[name]


def _read(folder: Path, name: str) -> bytes:
    for path in (folder / f"{name}.json.gz", folder / f"{name}.json"):
        if path.is_file():
            return read_bounded(path)
    raise UnusableRecording(f"{folder} has no {name}.json.gz and no {name}.json")


def _rows_of(folder: Path, name: str, body: bytes) -> list[Row]:
    try:
        document = orjson.loads(body)
        for key in _LIST_WITHIN.get(name, ()):
            document = document[key]
        is_as_expected = isinstance(document, list) and all(isinstance(row["symbol"], str) for row in document)
    except (orjson.JSONDecodeError, KeyError, TypeError, IndexError) as error:
        raise UnusableRecording(f"{folder / name}.json is not the exchange's {name}: {error!r}") from error
    if not is_as_expected:
        raise UnusableRecording(f"{folder / name}.json is not a list of rows with a symbol")
    rows: list[Row] = document
    return rows
