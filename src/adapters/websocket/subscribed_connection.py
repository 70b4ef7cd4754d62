"""A connection whose requests name symbols, some in each message; they are confirmed by number, or in their order."""

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from functools import partial
from typing import ClassVar, NamedTuple

from adapters.websocket.confirmations import Confirmations, SubscriptionRefused
from adapters.websocket.socket import ALIVE, UNREADABLE, FeedSocket
from application.market_data.ports.feed import FeedConnection, Received, StreamedRow
from domain.rates.errors import ExchangeUnavailable, FailureReason

# An exchange that knows more symbols no longer is not as its listing says.
MOST_LEFT_OUT = 20

_NAMES = re.compile(r"""[^\s\[\](){},:;"']+""")


class Confirmed(NamedTuple):
    """The exchange has done what the request asks for, for a symbol or for all; None if it does not say which one."""

    number: int | None = None


class Refused(NamedTuple):
    """The exchange refuses a request; None if it does not say which. `text` is what it says about it."""

    number: int | None
    code: object
    text: str = ""


class Declined(NamedTuple):
    """The exchange does not know one of the names that the request contains, and answers all others."""

    number: int | None
    name: str


class Ponged(NamedTuple):
    """The exchange answers a ping: the oldest one for None."""

    number: int | None = None


class Notice(NamedTuple):
    """The exchange says something that needs no answer, such as a heartbeat."""


Message = Sequence[StreamedRow] | Confirmed | Refused | Declined | Ponged | Notice


class SubscribedConnection(FeedConnection, ABC):
    """Subscribes to symbols in turn, and reads what the exchange's own messages say."""

    resubscribes_all = False
    dates_per_second = 0
    exchange: ClassVar[str]
    symbols_per_message: ClassVar[int]
    confirms_each_symbol: ClassVar[bool] = False

    def __init__(self, socket: FeedSocket) -> None:
        self.is_ending = False
        self._socket = socket
        self._confirmations = Confirmations(self.exchange)
        self._unanswered: list[int] = []
        self._left_out = 0

    @abstractmethod
    def request(self, kind: str, symbols: Sequence[str], number: int) -> bytes:
        """Write a request to `subscribe` to these symbols, or to `unsubscribe`."""

    def ping_text(self, number: int) -> bytes | None:  # noqa: ARG002 -- for subclasses
        """Write a ping; None where it is a frame of its own, which tells its number."""
        return None

    @abstractmethod
    def read(self, text: bytes) -> Message | None:
        """Return what a message says, None if it makes no sense."""

    def name_of(self, symbol: str) -> str:
        """Return what requests and refusals call a symbol."""
        return symbol

    async def subscribe(self, symbols: Sequence[str]) -> Collection[str]:
        """Subscribe to these symbols, but for those that the exchange says it does not know."""
        return await self._request("subscribe", symbols)

    async def resubscribe(self, symbols: Sequence[str]) -> Collection[str]:
        """Unsubscribe, and subscribe again."""
        unknown = await self._request("unsubscribe", symbols)
        return [*unknown, *await self._request("subscribe", [each for each in symbols if each not in unknown])]

    async def ping(self, number: int) -> None:
        """Send the exchange's own kind of ping, which it answers after what it sent before."""
        text = self.ping_text(number)
        if text is None:
            await self._socket.ping(number)
            return
        self._unanswered.append(number)
        await self._socket.send(text)

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
            case Refused(number, code, said):
                self._confirmations.refuse(number, code, said)
            case Declined(number, name):
                self._confirmations.decline(number, name)
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

    async def _request(self, kind: str, symbols: Sequence[str]) -> list[str]:
        unknown: list[str] = []
        for start in range(0, len(symbols), self.symbols_per_message):
            unknown += await self._request_some(kind, symbols[start : start + self.symbols_per_message])
        return unknown

    async def _request_some(self, kind: str, symbols: Sequence[str]) -> list[str]:
        """Request what one message may contain, again without the symbols for whose sake it is refused."""
        unknown: list[str] = []
        while some := [symbol for symbol in symbols if symbol not in unknown]:
            answers = len(some) if self.confirms_each_symbol else 1
            try:
                declined = await self._confirmations.request(partial(self._send, kind, some), answers)
            except SubscriptionRefused as refusal:
                if not (named := self._named(some, _NAMES.findall(refusal.text))):
                    raise
                unknown += self.left_out(named)
            else:
                return [*unknown, *self.left_out(self._named(some, declined))]
        return unknown

    def _named(self, symbols: Sequence[str], names: Collection[str]) -> list[str]:
        return [symbol for symbol in symbols if self.name_of(symbol) in names]

    def left_out(self, symbols: list[str]) -> list[str]:
        """Count symbols that the exchange does not know, and return them. Raises `ExchangeUnavailable` for too many."""
        self._left_out += len(symbols)
        if self._left_out > MOST_LEFT_OUT:
            detail = f"its stream does not know more than {MOST_LEFT_OUT} symbols, such as {symbols[0][:20]}"
            raise ExchangeUnavailable(self.exchange, FailureReason.REFUSED, detail)
        return symbols

    async def _send(self, kind: str, symbols: Sequence[str], number: int) -> None:
        await self._socket.send(self.request(kind, symbols, number))
