"""Binance's streams: https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from entrypoints.simulator.reply import Call, Reply
from entrypoints.simulator.streams.protocol import (
    POLICY_VIOLATION,
    Answer,
    BookUpdate,
    StreamLimits,
    StreamProtocol,
    StreamSession,
    WireBook,
    as_object,
)
from entrypoints.simulator.venues.payloads import BOOK_TICKER, TICKER_PRICE, LatestPayloads

MOST_STREAMS = 1024

_BOOK_TICKER = "@bookTicker"
_COMBINED_PATH = "/stream"
_RAW_PATH = "/ws"
_METHODS = "SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY"
_TEXT_ID = re.compile(r"[A-Za-z0-9]{1,36}")


class BinanceStreams(StreamProtocol):
    """Book tickers under /stream?streams= and /ws/."""

    announces_shutdown = True
    limits = StreamLimits(
        connects=300,
        connects_seconds=300,
        messages=5,
        messages_seconds=1,
        ping_frames_seconds=20,
        silence_seconds=80,  # a pong is due 60 s after its ping
    )

    def __init__(self, payloads: LatestPayloads) -> None:
        self._payloads = payloads

    def is_stream(self, path: str) -> bool:
        """Tell whether WebSocket connections are opened at this path."""
        return path in {_COMBINED_PATH, _RAW_PATH} or path.startswith(f"{_RAW_PATH}/")

    def open(self, call: Call) -> StreamSession | Reply:
        """Open a connection with the streams of its address."""
        is_combined = call.path == _COMBINED_PATH
        names = call.query.get("streams", "") if is_combined else call.path.removeprefix(_RAW_PATH)
        return BinanceSession((name for name in names.split("/") if name), is_combined=is_combined)

    def books(self, tick: int) -> Mapping[str, tuple[WireBook, str]]:
        """Return every listed pair at `tick`."""
        prices = self._payloads.by_symbol(TICKER_PRICE, tick)
        return {
            symbol: (
                WireBook(row["bidPrice"], row["bidQty"], row["askPrice"], row["askQty"]),
                prices[symbol]["price"] if symbol in prices else "0.00000000",
            )
            for symbol, row in self._payloads.by_symbol(BOOK_TICKER, tick).items()
        }

    def recognises(self, raw: str) -> bool:
        """Tell whether it is a book ticker, raw or combined."""
        message = as_object(raw)
        data = message.get("data", message)
        return isinstance(data, dict) and {"u", "s", "b", "a"} <= data.keys()


class BinanceSession(StreamSession):
    """One connection's streams."""

    def __init__(self, streams: Iterable[str], *, is_combined: bool) -> None:
        super().__init__()
        self.subscribe(streams)
        self._is_combined = is_combined

    def greeting(self) -> Answer:
        """Refuse too many streams in the address."""
        if len(self.topics) > MOST_STREAMS:
            return Answer(close=(POLICY_VIOLATION, "Too many streams"))
        return Answer()

    def topic_of(self, symbol: str) -> str | None:
        """Return the stream of the symbol, if it is subscribed."""
        name = symbol.lower() + _BOOK_TICKER
        return name if name in self.topics else None

    def refusal(self, text: str) -> Answer | None:
        """Refuse a subscription."""
        message = as_object(text)
        if message.get("method") != "SUBSCRIBE":
            return None
        return _error(4, "Too many subscriptions", message.get("id"))

    def shutdown_notice(self, milliseconds: int) -> bytes:
        """Return the event that Binance sends before it shuts down."""
        event = {"e": "serverShutdown", "E": milliseconds}
        return orjson.dumps({"stream": "!serverShutdown", "data": event} if self._is_combined else event)

    def frame(self, update: BookUpdate) -> bytes | None:
        """Return the book ticker."""
        name = self.topic_of(update.symbol)
        if name is None:
            return None
        book = update.book
        data = {
            "u": update.sequence,
            "s": update.symbol,
            "b": book.bid,
            "B": book.bid_size,
            "a": book.ask,
            "A": book.ask_size,
        }
        return orjson.dumps({"stream": name, "data": data} if self._is_combined else data)

    def hear(self, text: str) -> Answer:
        """Subscribe, unsubscribe, list the subscriptions, or say what is wrong."""
        try:
            message = orjson.loads(text)
        except orjson.JSONDecodeError:
            return _error(3, "Invalid JSON: expected value at line 1 column 1")
        if not isinstance(message, dict):
            return _error(2, "Invalid request: invalid type, expected a map at line 1 column 1")
        return self._obey(message)

    def _obey(self, message: dict[str, Any]) -> Answer:
        method, params, number = message.get("method"), message.get("params", []), message.get("id")
        if method is None:
            return _error(2, "Invalid request: missing field `method` at line 1 column 1", number)
        if method not in _METHODS:
            expected = ", ".join(f"`{known}`" for known in _METHODS)
            return _error(2, f"Invalid request: unknown variant `{method}`, expected one of {expected}", number)
        if not _is_id(message):
            return _error(2, "Invalid request: request ID must be an unsigned integer")
        if not isinstance(params, list):
            return _error(2, "Invalid request: invalid type, expected a sequence", number)
        return self._act(method, params, number)

    def _act(self, method: str, params: list[Any], number: object) -> Answer:
        if method == "LIST_SUBSCRIPTIONS":
            return _result(list(self.topics), number)
        if method.endswith("PROPERTY"):
            return self._property(method, params, number)
        if not all(isinstance(name, str) for name in params):
            return _error(2, "Invalid request: invalid type, expected a string", number)
        if method == "UNSUBSCRIBE":
            self.unsubscribe(params)
            return _result(None, number)
        if len(self.topics.keys() | params) > MOST_STREAMS:
            return _error(4, "Too many subscriptions", number)
        self.subscribe(params)
        return _result(None, number)

    def _property(self, method: str, params: list[Any], number: object) -> Answer:
        if not params or not isinstance(params[0], str):
            return _error(2, "Invalid request: property name must be a string", number)
        if params[0] != "combined":
            return _error(0, "Unknown property", number)
        if method == "GET_PROPERTY":
            return _result(self._is_combined, number)
        if len(params) != 2 or not isinstance(params[1], bool):
            return _error(1, "Invalid value type: expected Boolean", number)
        self._is_combined = params[1]
        return _result(None, number)


def _is_id(message: dict[str, Any]) -> bool:
    if "id" not in message:
        return False
    number = message["id"]
    if isinstance(number, str):
        return _TEXT_ID.fullmatch(number) is not None
    return number is None or (isinstance(number, int) and not isinstance(number, bool) and -(2**63) <= number < 2**63)


def _result(result: object, number: object) -> Answer:
    return Answer((orjson.dumps({"result": result, "id": number}),))


def _error(code: int, message: str, number: object = None) -> Answer:
    document: dict[str, object] = {"error": {"code": code, "msg": message}}
    return Answer((orjson.dumps(document if number is None else document | {"id": number}),))
