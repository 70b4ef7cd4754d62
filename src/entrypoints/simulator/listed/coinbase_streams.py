"""Coinbase's streams of tickers: https://docs.cdp.coinbase.com/exchange/websocket-feed/overview."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import orjson

from entrypoints.simulator.market.simulated import ExchangeMarket
from entrypoints.simulator.streams.protocol import (
    POLICY_VIOLATION,
    Answer,
    BookUpdate,
    StreamLimits,
    StreamSession,
    as_object,
)
from entrypoints.simulator.venues.listed_streams import ListedStreams

_TICKER, _HEARTBEAT = "ticker", "heartbeat"
_CHANNELS = frozenset({_TICKER, _HEARTBEAT})


class CoinbaseStreams(ListedStreams):
    """Tickers of single products, each time one trades: here, each time its book moves."""

    path = ""
    limits = StreamLimits(
        connects=20,
        connects_seconds=1,
        messages=100,
        messages_seconds=1,
        ping_frames_seconds=1,  # heartbeats, in their place
        silence_seconds=5,  # without a subscription
    )

    def __init__(self, market: Callable[[], ExchangeMarket]) -> None:
        super().__init__(market)
        self._traded: dict[str, BookUpdate] = {}

    def is_stream(self, path: str) -> bool:
        """Tell whether it is the root, which is the only path."""
        return path in {"", "/"}

    def session(self) -> StreamSession:
        """Return a new connection's session."""
        return CoinbaseSession(self)

    def recognises(self, raw: str) -> bool:
        """Tell whether it is a ticker."""
        return as_object(raw).get("type") == _TICKER

    def traded(self, update: BookUpdate) -> None:
        """Know the last trade of a product, also where they come out of order."""
        last = self._traded.get(update.symbol, update)
        self._traded[update.symbol] = max(last, update, key=lambda each: (each.milliseconds, each.sequence))

    def last_trade(self, symbol: str, milliseconds: int) -> BookUpdate | None:
        """Return the last trade of a product, which is now where none was seen; None if it is not listed."""
        newest = self.newest(symbol, milliseconds)
        if newest is None:
            return None
        return self._traded.setdefault(symbol, BookUpdate(symbol, newest.book, newest.last, 0, milliseconds))


class CoinbaseSession(StreamSession):
    """One connection's channels, each with its products."""

    def __init__(self, streams: CoinbaseStreams) -> None:
        super().__init__()
        self._streams = streams

    def topic_of(self, symbol: str) -> str | None:
        """Return the ticker of the symbol, if it is subscribed."""
        topic = _topic(_TICKER, symbol)
        return topic if topic in self.topics else None

    def heartbeats(self, milliseconds: int) -> tuple[bytes, ...]:
        """Return one for each product of that channel."""
        return tuple(
            _heartbeat(trade, milliseconds)
            for symbol in self._products(_HEARTBEAT)
            if (trade := self._streams.last_trade(symbol, milliseconds)) is not None
        )

    def refusal(self, text: str) -> Answer | None:
        """Refuse a subscription."""
        is_subscription = as_object(text).get("type") == "subscribe"
        return _error("Failed to subscribe", "too many subscriptions") if is_subscription else None

    def gone_silent(self) -> Answer | None:
        """End a connection without any subscription."""
        return None if self.topics else Answer(close=(POLICY_VIOLATION, "Subscribe within 5 seconds"))

    def frame(self, update: BookUpdate) -> bytes | None:
        """Return the ticker."""
        self._streams.traded(update)
        return None if self.topic_of(update.symbol) is None else _ticker(update)

    def hear(self, text: str) -> Answer:
        """Subscribe, unsubscribe, or say what is wrong."""
        message = as_object(text)
        kind = message.get("type")
        if kind not in {"subscribe", "unsubscribe"}:
            return _error("Malformed JSON" if not message else "Type has to be either subscribe or unsubscribe")
        asked = list(_asked(message))
        if not asked:
            return _error("Failed to subscribe", "channels required but missing")
        for channel, symbol in asked:
            if channel not in _CHANNELS:
                return _error("Failed to subscribe", f"{channel} is not a valid channel")
            if self._streams.last_trade(symbol, self.milliseconds) is None:
                return _error("Failed to subscribe", f"{symbol} is not a valid product")
        topics = [_topic(*each) for each in asked]
        (self.subscribe if kind == "subscribe" else self.unsubscribe)(topics)
        return Answer((self._subscriptions(), *self._snapshots(kind, asked)), keeps_alive=True)

    def _snapshots(self, kind: object, asked: Iterable[tuple[str, str]]) -> Iterable[bytes]:
        for channel, symbol in asked:
            trade = self._streams.last_trade(symbol, self.milliseconds)
            if kind == "subscribe" and channel == _TICKER and trade is not None:
                yield _ticker(trade)

    def _subscriptions(self) -> bytes:
        channels = [
            {"name": channel, "product_ids": products, "account_ids": None}
            for channel in sorted(_CHANNELS)
            if (products := self._products(channel))
        ]
        return orjson.dumps({"type": "subscriptions", "channels": channels})

    def _products(self, channel: str) -> list[str]:
        prefix = _topic(channel, "")
        return [topic.removeprefix(prefix) for topic in self.topics if topic.startswith(prefix)]


def _asked(message: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """Yield the channels and products; a channel may name products of its own."""
    for channel in message.get("channels") or ():
        own = channel if isinstance(channel, dict) else {"name": channel}
        for symbol in own.get("product_ids") or message.get("product_ids") or ():
            yield str(own.get("name")), str(symbol)


def _topic(channel: str, symbol: str) -> str:
    return f"{channel}:{symbol}"


def _ticker(update: BookUpdate) -> bytes:
    book, last = update.book, update.last
    row = {
        "type": _TICKER,
        "sequence": update.sequence,
        "product_id": update.symbol,
        "price": last,
        "open_24h": last,
        "volume_24h": "2222",
        "low_24h": last,
        "high_24h": last,
        "volume_30d": "66660",
        "best_bid": book.bid or "0",
        "best_bid_size": book.bid_size or "0",
        "best_ask": book.ask or "0",
        "best_ask_size": book.ask_size or "0",
        "side": "buy",
        "time": _iso(update.milliseconds),
        "trade_id": update.sequence,
        "last_size": "0.1",
    }
    return orjson.dumps(row)


def _heartbeat(trade: BookUpdate, milliseconds: int) -> bytes:
    head = {"type": _HEARTBEAT, "last_trade_id": trade.sequence, "product_id": trade.symbol}
    return orjson.dumps(head | {"sequence": trade.sequence, "time": _iso(milliseconds)})


def _iso(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _error(message: str, reason: str | None = None) -> Answer:
    document = {"type": "error", "message": message} | ({} if reason is None else {"reason": reason})
    return Answer((orjson.dumps(document),))
