"""What an exchange brings to be simulated: one class for each."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

from entrypoints.simulator.faults.answers import FaultyAnswers
from entrypoints.simulator.faults.kinds import NOT_FOR_ALL, Fault
from entrypoints.simulator.reply import Call, Reply, Row


class SimulatedExchange(FaultyAnswers, ABC):
    """An exchange's own manners, good and bad."""

    name: ClassVar[str]
    paths: ClassVar[frozenset[str]]
    window_seconds: ClassVar[int]
    """After how many seconds the used weight starts anew."""
    own_faults: ClassVar[frozenset[type[Fault]]] = frozenset()
    """Faults of `NOT_FOR_ALL` that it can commit."""

    @abstractmethod
    def weight(self, call: Call) -> int:
        """Return what the call costs of the exchange's rate limit."""

    @abstractmethod
    def reply(self, call: Call) -> Reply:
        """Answer one call."""

    def used_weight_headers(self, used: int, now: float) -> dict[str, str]:  # noqa: ARG002 -- not all tell it
        """Tell the weight used, in the exchange's own headers."""
        return {}

    def books(self, tick: int) -> dict[str, Row]:  # noqa: ARG002 -- not all have any
        """Return symbol -> base, quote, bid, ask (as on the wire, or null), is_tradable, as told at `tick`."""
        return {}

    def commits(self, fault: Fault) -> bool:
        """Tell whether this exchange can fail like that."""
        return type(fault) not in NOT_FOR_ALL or type(fault) in self.own_faults

    def answer_to(self, fault: Fault, honest: Callable[[], Reply], now: float) -> Reply | None:  # noqa: ARG002
        """Return nothing of its own."""
        return None

    def with_rows(self, document: Any, change: Callable[[list[Row]], list[object]]) -> object | None:  # noqa: ANN401, ARG002 -- any JSON
        """Return nothing: it has no list of rows."""
        return None
