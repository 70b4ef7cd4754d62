"""The base of the simulated exchanges; each is one class."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from entrypoints.simulator.faults.answers import FaultyAnswers
from entrypoints.simulator.faults.kinds import NOT_FOR_ALL, Fault
from entrypoints.simulator.reply import Call, Reply, Row
from entrypoints.simulator.streams.protocol import StreamProtocol


class SimulatedExchange(FaultyAnswers, ABC):
    """How one exchange answers, counts calls, and fails."""

    name: ClassVar[str]
    paths: ClassVar[frozenset[str]]
    window_seconds: ClassVar[int]
    """The used weight starts at 0 again after this many seconds."""
    own_faults: ClassVar[frozenset[type[Fault]]] = frozenset()
    """The faults of `NOT_FOR_ALL` that it can have."""

    @abstractmethod
    def weight(self, call: Call) -> int:
        """Return the call's weight in the exchange's rate limit."""

    @abstractmethod
    def reply(self, call: Call) -> Reply:
        """Answer one call."""

    def used_weight_headers(self, used: int, now: float) -> dict[str, str]:  # noqa: ARG002 -- for subclasses
        """Return the exchange's headers that tell the weight used."""
        return {}

    def books(self, tick: int) -> dict[str, Row]:  # noqa: ARG002 -- for subclasses
        """Return symbol -> base, quote, bid, ask (as on the wire, or null), is_tradable, at `tick`."""
        return {}

    def streams(self) -> StreamProtocol | None:
        """Return how it speaks over WebSocket, None if it does not."""
        return None

    def forget(self) -> None:
        """Forget all orders."""

    def trading_state(self) -> Row | None:
        """Return the balances, orders and trades of its account, None if it takes no orders."""
        return None

    def set_balances(self, balances: Mapping[str, Decimal]) -> None:
        """Change balances of its account."""

    def can_have(self, fault: Fault) -> bool:
        """Tell whether this exchange can fail in this way."""
        return type(fault) not in NOT_FOR_ALL or type(fault) in self.own_faults

    def answer_to(self, fault: Fault, honest: Callable[[], Reply], now: float) -> Reply | None:  # noqa: ARG002 -- for subclasses
        """Return None: it fails as any exchange does."""
        return None

    def with_rows(self, document: Any, change: Callable[[list[Row]], list[object]]) -> object | None:  # noqa: ANN401, ARG002 -- any JSON
        """Return None: it has no list of rows."""
        return None
