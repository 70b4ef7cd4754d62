"""OKX's streams of tickers: https://www.okx.com/docs-v5/en/#overview-websocket."""

from typing import Any

import orjson

from entrypoints.simulator.streams.protocol import Answer, BookUpdate, StreamLimits, StreamSession, as_object
from entrypoints.simulator.venues.listed_streams import ListedStreams

# On one connection, within an hour.
MOST_REQUESTS = 480

_CHANNEL = "tickers"
_CONNECTION = "a4d3ae55"


class OkxStreams(ListedStreams):
    """Tickers of single pairs, by the name that the REST API has too."""

    path = "/ws/v5/public"
    limits = StreamLimits(
        connects=3,
        connects_seconds=1,
        messages=100,
        messages_seconds=1,
        ping_frames_seconds=None,
        silence_seconds=30,
    )

    def session(self) -> StreamSession:
        """Return a new connection's session."""
        return OkxSession(self)

    def recognises(self, raw: str) -> bool:
        """Tell whether it is a ticker."""
        message = as_object(raw)
        argument = message.get("arg")
        return isinstance(argument, dict) and argument.get("channel") == _CHANNEL and "data" in message


class OkxSession(StreamSession):
    """One connection's tickers."""

    def __init__(self, streams: OkxStreams) -> None:
        super().__init__()
        self._streams = streams
        self._requests = 0

    def topic_of(self, symbol: str) -> str | None:
        """Return the symbol, if it is subscribed."""
        return symbol if symbol in self.topics else None

    def refusal(self, text: str) -> Answer | None:
        """Refuse a subscription."""
        message = as_object(text)
        if message.get("op") != "subscribe":
            return None
        return _error("60018", "The channel does not exist", message)

    def frame(self, update: BookUpdate) -> bytes | None:
        """Return the ticker."""
        return _ticker(update) if update.symbol in self.topics else None

    def hear(self, text: str) -> Answer:
        """Answer a ping, subscribe, unsubscribe, or say what is wrong."""
        if text == "ping":
            return Answer((b"pong",), keeps_alive=True)
        message = as_object(text)
        kind, arguments = message.get("op"), message.get("args")
        if kind not in {"subscribe", "unsubscribe"} or not isinstance(arguments, list):
            return _error("60012", f"Illegal request: {text[:200]}", message)
        self._requests += 1
        if self._requests > MOST_REQUESTS:
            return _error("60014", "Requests too frequent", message)
        return self._change(str(kind), arguments, message)

    def _change(self, kind: str, arguments: list[Any], message: dict[str, Any]) -> Answer:
        frames, snapshots = [], []
        for argument in arguments:
            symbol = argument.get("instId") if isinstance(argument, dict) else None
            newest = self._streams.newest(str(symbol), self.milliseconds)
            if newest is None or argument.get("channel") != _CHANNEL:
                return _error("60018", f"Wrong URL or channel, or the instrument {symbol} does not exist", message)
            (self.subscribe if kind == "subscribe" else self.unsubscribe)([newest.symbol])
            frames.append(orjson.dumps(_numbered(message) | {"event": kind, "arg": argument, "connId": _CONNECTION}))
            snapshots += [_ticker(newest)] if kind == "subscribe" else []
        return Answer((*frames, *snapshots), keeps_alive=True)


def _ticker(update: BookUpdate) -> bytes:
    book, last = update.book, update.last
    data = {
        "instType": "SPOT",
        "instId": update.symbol,
        "last": last,
        "lastSz": "0.1",
        "askPx": book.ask or "",
        "askSz": book.ask_size or "",
        "bidPx": book.bid or "",
        "bidSz": book.bid_size or "",
        "open24h": last,
        "high24h": last,
        "low24h": last,
        "sodUtc0": last,
        "sodUtc8": last,
        "volCcy24h": "2222",
        "vol24h": "2222",
        "ts": str(update.milliseconds),
    }
    return orjson.dumps({"arg": {"channel": _CHANNEL, "instId": update.symbol}, "data": [data]})


def _numbered(message: dict[str, Any]) -> dict[str, Any]:
    return {"id": message["id"]} if "id" in message else {}


def _error(code: str, text: str, message: dict[str, Any]) -> Answer:
    document = _numbered(message) | {"event": "error", "code": code, "msg": text, "connId": _CONNECTION}
    return Answer((orjson.dumps(document),), keeps_alive=True)
