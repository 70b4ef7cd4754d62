"""KuCoin's streams: https://www.kucoin.com/docs-new/websocket-api/base-info/introduction."""

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from entrypoints.simulator.reply import Call, Reply, Row
from entrypoints.simulator.streams.protocol import (
    NORMAL,
    Answer,
    BookUpdate,
    StreamLimits,
    StreamProtocol,
    StreamSession,
    WireBook,
    as_object,
)
from entrypoints.simulator.venues.payloads import ALL_TICKERS, LatestPayloads

BULLET_PATH = "/api/v1/bullet-public"
ENDPOINT_PATH = "/endpoint"

PING_INTERVAL_SECONDS = 18
PING_TIMEOUT_SECONDS = 10
MOST_TOPICS_AT_ONCE = 100
MOST_TOPICS = 400

_ALL = "/market/ticker:all"
_TICKER = "/market/ticker:"
_MOST_TOKENS = 1000


class KuCoinStreams(StreamProtocol):
    """Tickers at the endpoint that bullet-public names."""

    limits = StreamLimits(
        connects=30,
        connects_seconds=60,
        messages=100,
        messages_seconds=10,
        ping_frames_seconds=None,
        silence_seconds=PING_INTERVAL_SECONDS + PING_TIMEOUT_SECONDS,
    )

    def __init__(self, payloads: LatestPayloads, hurry: float = 1.0) -> None:
        self._payloads = payloads
        self._hurry = hurry
        self._tokens: dict[str, None] = {}

    def is_stream(self, path: str) -> bool:
        """Tell whether WebSocket connections are opened at this path."""
        return path in {ENDPOINT_PATH, f"{ENDPOINT_PATH}/"}

    def bullet(self, host: str) -> Row:
        """Return a new token, and where and how to use it."""
        token = secrets.token_urlsafe(96)
        self._tokens[token] = None
        if len(self._tokens) > _MOST_TOKENS:
            del self._tokens[next(iter(self._tokens))]
        server = {
            "endpoint": f"ws://{host}/kucoin{ENDPOINT_PATH}",
            "encrypt": False,
            "protocol": "websocket",
            "pingInterval": round(PING_INTERVAL_SECONDS * 1000 / self._hurry),
            "pingTimeout": round(PING_TIMEOUT_SECONDS * 1000 / self._hurry),
        }
        return {"token": token, "instanceServers": [server]}

    def open(self, call: Call) -> StreamSession | Reply:
        """Open a connection; whether its token is known is said inside, as KuCoin does."""
        return KuCoinSession(
            call.query.get("connectId") or secrets.token_urlsafe(8),
            self._payloads.by_symbol(ALL_TICKERS, call.tick).keys(),
            is_known=call.query.get("token") in self._tokens,
        )

    def books(self, tick: int) -> Mapping[str, tuple[WireBook, str]]:
        """Return every listed pair at `tick`."""
        return {
            symbol: (WireBook(row["buy"], row.get("bestBidSize"), row["sell"], row.get("bestAskSize")), row["last"])
            for symbol, row in self._payloads.by_symbol(ALL_TICKERS, tick).items()
        }

    def recognises(self, raw: str) -> bool:
        """Tell whether it is a ticker."""
        message = as_object(raw)
        return str(message.get("topic", "")).startswith(_TICKER) and "data" in message


class KuCoinSession(StreamSession):
    """One connection's topics, each of one pair or of all."""

    def __init__(self, number: str, listed: Iterable[str], *, is_known: bool) -> None:
        super().__init__()
        self._number = number
        self._listed = frozenset(listed)
        self._is_known = is_known

    def greeting(self) -> Answer:
        """Welcome the connection, or refuse its token."""
        if self._is_known:
            return Answer((orjson.dumps({"id": self._number, "type": "welcome"}),))
        return _goodbye(self._number, 401, "token is invalid")

    def too_many_messages(self) -> Answer:
        """Name the limit, and close."""
        return _goodbye(self._number, 509, "exceed max permits per second")

    def gone_silent(self) -> Answer:
        """Say that no ping came in time, and close."""
        return _goodbye(self._number, 400, "ping timeout")

    def topic_of(self, symbol: str) -> str | None:
        """Return the topic of the symbol alone, or of all, if it is subscribed."""
        topic = _TICKER + symbol
        return topic if topic in self.topics else _ALL if _ALL in self.topics else None

    def refusal(self, text: str) -> Answer | None:
        """Refuse a subscription."""
        message = as_object(text)
        if message.get("type") != "subscribe":
            return None
        return _error(str(message.get("id", "")), 509, "service busy, please retry later")

    def frame(self, update: BookUpdate) -> bytes | None:
        """Return the ticker. The two topics order their fields differently, as they really do."""
        topic, book = self.topic_of(update.symbol), update.book
        if topic is None:
            return None
        if topic != _ALL:
            data = {
                "sequence": str(update.sequence),
                "bestAsk": book.ask,
                "size": "0.1",
                "bestBidSize": book.bid_size,
                "price": update.last,
                "time": update.milliseconds,
                "bestAskSize": book.ask_size,
                "bestBid": book.bid,
            }
            return orjson.dumps({"data": data, "subject": "trade.ticker", "topic": topic, "type": "message"})
        data = {
            "bestAsk": book.ask,
            "bestAskSize": book.ask_size,
            "bestBid": book.bid,
            "bestBidSize": book.bid_size,
            "price": update.last,
            "sequence": str(update.sequence),
            "size": "0.1",
            "time": update.milliseconds,
        }
        return orjson.dumps({"topic": _ALL, "type": "message", "subject": update.symbol, "data": data})

    def hear(self, text: str) -> Answer:
        """Answer a ping, subscribe, unsubscribe, or say what is wrong."""
        message = as_object(text)
        number = str(message.get("id", self._number))
        match message.get("type"):
            case "ping":
                return Answer((orjson.dumps({"id": number, "type": "pong"}),), keeps_alive=True)
            case "subscribe" | "unsubscribe":
                return self._change(number, message)
            case _:
                return _error(number, 415, "command type is invalid")

    def _change(self, number: str, message: dict[str, Any]) -> Answer:
        topics = self._topics(message.get("topic"))
        if topics is None:
            return _error(number, 404, "topic does not exist")
        if len(topics) > MOST_TOPICS_AT_ONCE:
            return _error(number, 509, f"exceed max subscription count limitation of {MOST_TOPICS_AT_ONCE} per time")
        if message["type"] == "unsubscribe":
            self.unsubscribe(topics)
        elif len(self.topics.keys() | topics) > MOST_TOPICS:
            return _error(number, 509, f"exceed max subscription count limitation of {MOST_TOPICS} per session")
        else:
            self.subscribe(topics)
        return Answer((orjson.dumps({"id": number, "type": "ack"}),) if message.get("response") is True else ())

    def _topics(self, text: object) -> list[str] | None:
        if not isinstance(text, str) or not text.startswith(_TICKER):
            return None
        if text == _ALL:
            return [_ALL]
        symbols = text.removeprefix(_TICKER).split(",")
        known = all(symbol in self._listed for symbol in symbols)
        return [_TICKER + symbol for symbol in symbols] if known else None


def _error(number: str, code: int, data: str) -> Answer:
    return Answer((orjson.dumps({"id": number, "type": "error", "code": code, "data": data}),))


def _goodbye(number: str, code: int, data: str) -> Answer:
    return Answer(_error(number, code, data).frames, (NORMAL, "Bye"))
