"""What a fault must know of the exchange that commits it."""

from collections.abc import Callable
from typing import Any, Protocol

from entrypoints.simulator.faults.kinds import Fault
from entrypoints.simulator.reply import Reply, Row


class FaultyAnswers(Protocol):
    """How one exchange words its failures."""

    def answer_to(self, fault: Fault, honest: Callable[[], Reply], now: float) -> Reply | None:
        """Return what the exchange answers in its own way under `fault`, None where any would answer alike."""
        ...

    def with_rows(self, document: Any, change: Callable[[list[Row]], list[object]]) -> object | None:  # noqa: ANN401 -- any JSON
        """Return the document with its list of rows changed, None when it has none."""
        ...
