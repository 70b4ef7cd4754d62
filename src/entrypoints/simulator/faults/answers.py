"""What a fault needs to know about the exchange that it affects."""

from collections.abc import Callable
from typing import Any, Protocol

from entrypoints.simulator.faults.kinds import Fault
from entrypoints.simulator.reply import Reply, Row


class FaultyAnswers(Protocol):
    """How one exchange words its failures."""

    def answer_to(self, fault: Fault, honest: Callable[[], Reply], now: float) -> Reply | None:
        """Return the exchange's own answer under `fault`, or None where every exchange answers alike."""
        ...

    def with_rows(self, document: Any, change: Callable[[list[Row]], list[object]]) -> object | None:  # noqa: ANN401 -- any JSON
        """Return the document with `change` applied to its list of rows, or None when it has no such list."""
        ...
