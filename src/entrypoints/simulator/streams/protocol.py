"""How one exchange speaks over WebSocket: what it accepts, answers and sends, apart from the socket."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

import orjson

from entrypoints.simulator.reply import Call, Reply

NORMAL = 1000
GOING_AWAY = 1001
POLICY_VIOLATION = 1008


@dataclass(frozen=True, slots=True)
class WireBook:
    """One pair's best bid and ask as texts in the exchange's wire form; None where it shows no such side."""

    bid: str | None
    bid_size: str | None
    ask: str | None
    ask_size: str | None


@dataclass(frozen=True, slots=True)
class BookUpdate:
    """A new book of one pair. Sequences grow, with gaps, as the exchanges' do. `milliseconds` is Unix time."""

    symbol: str
    book: WireBook
    last: str
    sequence: int
    milliseconds: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What the exchange sends at once, and the close code and reason if it then closes the connection.

    What it answers `keeps_alive` if the exchange counts it as a sign of life.
    """

    frames: tuple[bytes, ...] = ()
    close: tuple[int, str] | None = None
    keeps_alive: bool = False


def as_object(text: str) -> dict[str, Any]:
    """Return the JSON object in a message, an empty one if it is none."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


class StreamSession(ABC):
    """One connection as its exchange sees it: what it subscribed to."""

    def __init__(self) -> None:
        self.topics: dict[str, int] = {}
        """The subscriptions in their order; the number tells which of all that were ever made it is."""
        self.subscriptions = 0
        self.milliseconds = 0
        """The Unix time of the message that is being answered."""

    def subscribe(self, topics: Iterable[str]) -> None:
        """Subscribe, also anew."""
        for topic in topics:
            self.subscriptions += 1
            self.topics[topic] = self.subscriptions

    def unsubscribe(self, topics: Iterable[str]) -> None:
        """End subscriptions, as far as there are any."""
        for topic in topics:
            self.topics.pop(topic, None)

    @abstractmethod
    def topic_of(self, symbol: str) -> str | None:
        """Return the subscription that covers the symbol, if any."""

    @abstractmethod
    def refusal(self, text: str) -> Answer | None:
        """Return how the exchange refuses what it could have done, None if the message is no subscription."""

    def shutdown_notice(self, milliseconds: int) -> bytes | None:  # noqa: ARG002 -- for subclasses
        """Return the message that announces the end of the connection; None: this exchange has none."""
        return None

    def greeting(self) -> Answer:
        """Return what the exchange sends to a new connection."""
        return Answer()

    @abstractmethod
    def hear(self, text: str) -> Answer:
        """Answer one message of the client."""

    def heartbeats(self, milliseconds: int) -> tuple[bytes, ...] | None:  # noqa: ARG002 -- for subclasses
        """Return the messages that the exchange sends in place of a ping frame; None: it sends a ping frame."""
        return None

    def too_many_messages(self) -> Answer:
        """Return how the exchange ends a connection that says too much."""
        return Answer(close=(POLICY_VIOLATION, "Too many requests"))

    def gone_silent(self) -> Answer | None:
        """Return how the exchange ends a connection of which it hears neither ping nor pong; None if it does not."""
        return Answer(close=(POLICY_VIOLATION, "Pong timeout"))

    @abstractmethod
    def frame(self, update: BookUpdate) -> bytes | None:
        """Return the message that carries the update, None where no subscription covers it."""


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """The exchange's limits; the numbers before the seconds are the most that are allowed within them."""

    connects: int
    connects_seconds: float
    messages: int
    messages_seconds: float
    ping_frames_seconds: float | None
    """How often the exchange sends ping frames, None: it sends none."""
    silence_seconds: float
    """It closes a connection without a sign of life for this long: a pong where it pings, else as its answers say."""
    life_seconds: float = 24 * 3600.0

    def hurried(self, hurry: float) -> "StreamLimits":
        """Return the limits with all times divided."""
        seconds = {name: value for name, value in asdict(self).items() if name.endswith("_seconds")}
        return replace(self, **{name: value and value / hurry for name, value in seconds.items()})


class StreamProtocol(ABC):
    """One exchange's streams."""

    limits: ClassVar[StreamLimits]
    announces_shutdown: ClassVar[bool] = False

    @abstractmethod
    def is_stream(self, path: str) -> bool:
        """Tell whether WebSocket connections are opened at this path."""

    @abstractmethod
    def open(self, call: Call) -> StreamSession | Reply:
        """Open a connection, or refuse it over HTTP."""

    @abstractmethod
    def books(self, tick: int) -> Mapping[str, tuple[WireBook, str]]:
        """Return symbol -> book and last price of every listed pair at `tick`."""

    @abstractmethod
    def recognises(self, raw: str) -> bool:
        """Tell whether a recorded message is a price in this exchange's form."""
