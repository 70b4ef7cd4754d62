"""A connection whose requests name symbols, some in each message; they are confirmed by number, or in their order."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import partial
from typing import ClassVar, NamedTuple

from adapters.websocket.confirmations import Confirmations
from adapters.websocket.socket import ALIVE, UNREADABLE, FeedSocket
from application.market_data.ports.feed import FeedConnection, Received, StreamedRow


class Confirmed(NamedTuple):
    """The exchange has done what the request asks for, for a symbol or for all; None if it does not say which one."""

    number: int | None = None


class Refused(NamedTuple):
    """The exchange refuses a request; None if it does not say which."""

    number: int | None
    code: object


class Ponged(NamedTuple):
    """The exchange answers a ping: the oldest one for None."""

    number: int | None = None


class Notice(NamedTuple):
    """The exchange says something that needs no answer, such as a heartbeat."""


Message = Sequence[StreamedRow] | Confirmed | Refused | Ponged | Notice


class SubscribedConnection(FeedConnection, ABC):
    """Subscribes to symbols in turn, and reads what the exchange's own messages say."""

    resubscribes_all = False
    exchange: ClassVar[str]
    symbols_per_message: ClassVar[int]
    confirms_each_symbol: ClassVar[bool] = False

    def __init__(self, socket: FeedSocket) -> None:
        self.is_ending = False
        self._socket = socket
        self._confirmations = Confirmations(self.exchange)
        self._unanswered: list[int] = []

    @abstractmethod
    def request(self, kind: str, symbols: Sequence[str], number: int) -> bytes:
        """Write a request to `subscribe` to these symbols, or to `unsubscribe`."""

    @abstractmethod
    def ping_text(self, number: int) -> bytes:
        """Write a ping."""

    @abstractmethod
    def read(self, text: bytes) -> Message | None:
        """Return what a message says, None if it makes no sense."""

    async def subscribe(self, symbols: Sequence[str]) -> None:
        """Subscribe to these symbols."""
        await self._request("subscribe", symbols)

    async def resubscribe(self, symbols: Sequence[str]) -> None:
        """Unsubscribe, and subscribe again."""
        await self._request("unsubscribe", symbols)
        await self._request("subscribe", symbols)

    async def ping(self, number: int) -> None:
        """Send the exchange's own kind of ping, which it answers after what it sent before."""
        self._unanswered.append(number)
        await self._socket.send(self.ping_text(number))

    async def receive(self) -> Received:
        """Read the next frame."""
        text = await self._socket.receive()
        if isinstance(text, Received):
            return text
        match self.read(text):
            case None:
                return UNREADABLE
            case Confirmed(number):
                self._confirmations.confirm(number)
            case Refused(number, code):
                self._confirmations.refuse(number, code)
            case Ponged(number):
                return self._ponged(number)
            case Notice():
                pass
            case rows:
                return Received(rows)
        return ALIVE

    def _ponged(self, number: int | None) -> Received:
        if number is None and self._unanswered:
            number = self._unanswered[0]
        self._unanswered = [each for each in self._unanswered if number is not None and each > number]
        return Received(answered=number)

    async def _request(self, kind: str, symbols: Sequence[str]) -> None:
        for start in range(0, len(symbols), self.symbols_per_message):
            some = symbols[start : start + self.symbols_per_message]
            answers = len(some) if self.confirms_each_symbol else 1
            await self._confirmations.request(partial(self._send, kind, some), answers)

    async def _send(self, kind: str, symbols: Sequence[str], number: int) -> None:
        await self._socket.send(self.request(kind, symbols, number))
