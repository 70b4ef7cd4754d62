"""One stand-in exchange while it runs: what it says, how often it was asked, what is wrong with it."""

from collections import Counter
from typing import Protocol

from entrypoints.simulator.faults.kinds import Fault
from entrypoints.simulator.venues.payloads import Row
from entrypoints.simulator.venues.reply import Call, Reply

OTHER_PATHS = "other"


class StandIn(Protocol):
    """An exchange's own manners."""

    @property
    def paths(self) -> frozenset[str]:
        """The paths it knows."""
        ...

    @property
    def window_seconds(self) -> int:
        """After how many seconds the used weight starts anew."""
        ...

    def weight(self, call: Call) -> int:
        """Return what the call costs of the exchange's rate limit."""
        ...

    def reply(self, call: Call) -> Reply:
        """Answer one call."""
        ...

    def used_weight_headers(self, used: int, now: float) -> dict[str, str]:
        """Tell the weight used, in the exchange's own headers."""
        ...

    def books(self, tick: int) -> dict[str, Row]:
        """Return symbol -> base, quote, bid, ask (as on the wire, or null), is_tradable, as told at `tick`."""
        ...


class Venue:
    """A stand-in with its counts and its fault."""

    def __init__(self, name: str, stand_in: StandIn) -> None:
        self.name = name
        self.stand_in = stand_in
        self.fault: Fault | None = None
        self._under_way = 0
        self.forget()

    def forget(self) -> None:
        """Take away fault and counts."""
        self.fault = None
        self._fault_left: int | None = None
        self._calls: Counter[str] = Counter()
        self._weight = 0
        self._window = (-1, 0)
        self._most_at_once = self._under_way

    def commit(self, fault: Fault | None) -> None:
        """Let `fault` happen from now on, instead of what happened so far."""
        self.fault = fault
        self._fault_left = fault.times if fault else None

    def count(self, call: Call) -> int:
        """Count a call as it arrives, whatever becomes of it. Return the weight used in the exchange's window."""
        weight = self.stand_in.weight(call)
        self._calls[call.path if call.path in self.stand_in.paths else OTHER_PATHS] += 1
        self._weight += weight
        self._under_way += 1
        self._most_at_once = max(self._most_at_once, self._under_way)
        window, used = self._window
        current = int(call.now // self.stand_in.window_seconds)
        self._window = (current, weight + (used if window == current else 0))
        return self._window[1]

    def ended(self) -> None:
        """Know that a call that was counted is over."""
        self._under_way -= 1

    def next_fault(self, path: str) -> Fault | None:
        """Return the fault that this call meets, if any, and count it down."""
        fault = self.fault
        if fault is None or (fault.path is not None and fault.path not in path):
            return None
        if self._fault_left is not None:
            self._fault_left -= 1
            if self._fault_left == 0:
                self.fault = None
        return fault

    def state(self) -> Row:
        """Return counts and fault for the control endpoint."""
        return {
            "calls": self._calls.total(),
            "weight": self._weight,
            "most_at_once": self._most_at_once,
            "paths": dict(sorted(self._calls.items())),
            "fault": self.fault.model_dump() | {"times": self._fault_left} if self.fault else None,
        }
