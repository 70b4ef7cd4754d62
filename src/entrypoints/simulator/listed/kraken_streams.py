"""Kraken's streams of tickers, version 2: https://docs.kraken.com/exchange/api-reference/spot-websocket-v2/ticker."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from entrypoints.simulator.market.simulated import ExchangeMarket
from entrypoints.simulator.streams.protocol import Answer, BookUpdate, StreamLimits, StreamSession, as_object
from entrypoints.simulator.venues.listed_streams import ListedStreams

_CHANNEL = "ticker"
_VERSION = {"version": "2.0.10", "system": "online", "api_version": "v2", "connection_id": 13834774380200032777}
_TIMES = {"time_in": "2026-11-26T12:00:00.000011Z", "time_out": "2026-11-26T12:00:00.000022Z"}


class KrakenStreams(ListedStreams):
    """Tickers by the names that only streams have."""

    path = "/v2"
    limits = StreamLimits(
        connects=150,
        connects_seconds=600,
        messages=100,
        messages_seconds=1,
        ping_frames_seconds=1,
        silence_seconds=60,
    )

    def __init__(self, market: Callable[[], ExchangeMarket], names: Callable[[], Mapping[str, str]]) -> None:
        """`names` returns what streams call each key of the listing."""
        super().__init__(market)
        self._names_of = names

    def session(self) -> StreamSession:
        """Return a new connection's session."""
        return KrakenSession(self, self._names_of())

    def recognises(self, raw: str) -> bool:
        """Tell whether it is a ticker of version 2."""
        message = as_object(raw)
        return message.get("channel") == _CHANNEL and "data" in message


class KrakenSession(StreamSession):
    """One connection's tickers."""

    def __init__(self, streams: KrakenStreams, names: Mapping[str, str]) -> None:
        super().__init__()
        self._streams = streams
        self._names = names
        self._keys = {name: key for key, name in names.items()}

    def greeting(self) -> Answer:
        """Tell the version."""
        return Answer((orjson.dumps({"channel": "status", "type": "update", "data": [_VERSION]}),))

    def heartbeats(self, milliseconds: int) -> tuple[bytes, ...]:  # noqa: ARG002 -- they have no time
        """Return what comes each second."""
        return (b'{"channel":"heartbeat"}',)

    def topic_of(self, symbol: str) -> str | None:
        """Return the name of the symbol, if it is subscribed."""
        name = self._names.get(symbol, "")
        return name if name in self.topics else None

    def refusal(self, text: str) -> Answer | None:
        """Refuse a subscription."""
        message = as_object(text)
        return _refused(message, "Exceeded msg rate") if message.get("method") == "subscribe" else None

    def frame(self, update: BookUpdate) -> bytes | None:
        """Return the ticker."""
        name = self.topic_of(update.symbol)
        return None if name is None else _ticker(name, update, "update")

    def hear(self, text: str) -> Answer:
        """Answer a ping, subscribe, unsubscribe, or say what is wrong."""
        message = as_object(text)
        if message.get("method") == "ping":
            return Answer((orjson.dumps({"method": "pong"} | _number(message) | _TIMES),), keeps_alive=True)
        parameters = message.get("params")
        names = parameters.get("symbol") if isinstance(parameters, dict) else None
        if message.get("method") not in {"subscribe", "unsubscribe"} or not isinstance(names, list):
            return _refused(message, "Malformed request")
        answers = [self._change(message, str(name)) for name in names]
        frames = [frame for answer in answers for frame in answer.frames]
        return Answer(tuple(frames), keeps_alive=True)

    def _change(self, message: dict[str, Any], name: str) -> Answer:
        kind, trigger = message["method"], message["params"].get("event_trigger", "trades")
        newest = self._streams.newest(self._keys.get(name, ""), self.milliseconds)
        if newest is None or message["params"].get("channel") != _CHANNEL:
            return _refused(message | {"symbol": name}, f"Currency pair not supported {name}")
        (self.subscribe if kind == "subscribe" else self.unsubscribe)([name])
        result = {"channel": _CHANNEL, "event_trigger": trigger, "snapshot": True, "symbol": name}
        reply = {"method": kind} | _number(message) | {"result": result, "success": True} | _TIMES
        snapshot = (_ticker(name, newest, "snapshot"),) if kind == "subscribe" else ()
        return Answer((orjson.dumps(reply), *snapshot))


def _ticker(name: str, update: BookUpdate, kind: str) -> bytes:
    book, last = update.book, update.last
    made_at = datetime.fromtimestamp(update.milliseconds / 1000, UTC).isoformat(timespec="microseconds")
    numbers = {
        "bid": book.bid,
        "bid_qty": book.bid_size,
        "ask": book.ask,
        "ask_qty": book.ask_size,
        "last": last,
        "volume": "2158.32346723",
        "vwap": last,
        "low": last,
        "high": last,
        "change": "0.0",
        "change_pct": "0.0",
    }
    fields = ",".join(f'"{key}":{value or 0}' for key, value in numbers.items())
    row = f'{{"symbol":"{name}",{fields},"timestamp":"{made_at.replace("+00:00", "Z")}"}}'
    return f'{{"channel":"{_CHANNEL}","type":"{kind}","data":[{row}]}}'.encode()


def _number(message: dict[str, Any]) -> dict[str, Any]:
    return {"req_id": message["req_id"]} if "req_id" in message else {}


def _refused(message: dict[str, Any], text: str) -> Answer:
    document = {"error": text, "method": message.get("method")} | _number(message) | {"success": False}
    document |= {"symbol": message["symbol"]} if "symbol" in message else {}
    return Answer((orjson.dumps(document | _TIMES),), keeps_alive=True)
