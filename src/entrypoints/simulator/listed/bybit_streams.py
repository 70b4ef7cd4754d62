"""Bybit's streams of order books of one level: https://bybit-exchange.github.io/docs/v5/ws/connect."""

from typing import Any

import orjson

from entrypoints.simulator.streams.protocol import Answer, BookUpdate, StreamLimits, StreamSession, as_object
from entrypoints.simulator.venues.listed_streams import ListedStreams

MOST_TOPICS_AT_ONCE = 10
MOST_CHARACTERS = 21_000

_TOPIC = "orderbook.1."
_CONNECTION = "2324d924-aa4d-45b0-a858-7b8be29ab52b"


class BybitStreams(ListedStreams):
    """The best bid and ask of single pairs."""

    path = "/v5/public/spot"
    limits = StreamLimits(
        connects=500,
        connects_seconds=300,
        messages=100,
        messages_seconds=1,
        ping_frames_seconds=None,
        silence_seconds=60,
    )

    def session(self) -> StreamSession:
        """Return a new connection's session."""
        return BybitSession(self)

    def recognises(self, raw: str) -> bool:
        """Tell whether it is a book of one level."""
        message = as_object(raw)
        return str(message.get("topic", "")).startswith(_TOPIC) and "data" in message


class BybitSession(StreamSession):
    """One connection's topics."""

    def __init__(self, streams: BybitStreams) -> None:
        super().__init__()
        self._streams = streams

    def topic_of(self, symbol: str) -> str | None:
        """Return the topic of the symbol, if it is subscribed."""
        topic = _TOPIC + symbol
        return topic if topic in self.topics else None

    def refusal(self, text: str) -> Answer | None:
        """Refuse a subscription."""
        message = as_object(text)
        return _reply(message, "error:system busy", success=False) if message.get("op") == "subscribe" else None

    def frame(self, update: BookUpdate) -> bytes | None:
        """Return the book, which is always a snapshot."""
        return _book(update) if self.topic_of(update.symbol) else None

    def hear(self, text: str) -> Answer:
        """Answer a ping, subscribe, unsubscribe, or say what is wrong."""
        message = as_object(text)
        if message.get("op") == "ping":
            return _reply(message, "pong")
        topics = message.get("args")
        if message.get("op") not in {"subscribe", "unsubscribe"} or not isinstance(topics, list):
            return _reply(message, "error:invalid op", success=False)
        return self._change(message, [str(topic) for topic in topics])

    def _change(self, message: dict[str, Any], topics: list[str]) -> Answer:
        if len(topics) > MOST_TOPICS_AT_ONCE:
            return _reply(message, f"args size >{MOST_TOPICS_AT_ONCE}", success=False)
        newest = [self._streams.newest(topic.removeprefix(_TOPIC), self.milliseconds) for topic in topics]
        if wrong := [topic for topic, book in zip(topics, newest, strict=True) if book is None]:
            return _reply(message, f"Invalid symbol :[{wrong[0]}]", success=False)
        if message["op"] == "unsubscribe":
            self.unsubscribe(topics)
            return _reply(message, "")
        if sum(map(len, self.topics.keys() | topics)) > MOST_CHARACTERS:
            return _reply(message, "error:args length exceeds the limit", success=False)
        self.subscribe(topics)
        confirmation = _reply(message, "subscribe")
        return Answer((*confirmation.frames, *(_book(book) for book in newest if book is not None)), keeps_alive=True)


def _book(update: BookUpdate) -> bytes:
    book = update.book
    data = {
        "s": update.symbol,
        "b": [[book.bid, book.bid_size]] if book.bid and book.bid_size else [],
        "a": [[book.ask, book.ask_size]] if book.ask and book.ask_size else [],
        "u": update.sequence,
        "seq": update.sequence,
    }
    made_at = update.milliseconds
    head = {"topic": _TOPIC + update.symbol, "type": "snapshot", "ts": made_at, "data": data}
    return orjson.dumps(head | {"cts": made_at})


def _reply(message: dict[str, Any], text: str, *, success: bool = True) -> Answer:
    document = {"success": success, "ret_msg": text, "conn_id": _CONNECTION}
    document |= {key: message[key] for key in ("req_id", "op") if key in message}
    return Answer((orjson.dumps(document),), keeps_alive=True)
