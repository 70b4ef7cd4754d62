"""A running simulated exchange: its counts of calls, and its fault."""

from collections import Counter

from entrypoints.simulator.faults.kinds import Fault
from entrypoints.simulator.reply import Call, Row
from entrypoints.simulator.venues.simulated_exchange import SimulatedExchange

OTHER_PATHS = "other"


class Venue:
    """Counts what arrives, and applies the fault to as many calls as it is meant for."""

    def __init__(self, exchange: SimulatedExchange) -> None:
        self.name = exchange.name
        self.exchange = exchange
        self.fault: Fault | None = None
        self._under_way = 0
        self.forget()

    def forget(self) -> None:
        """Forget the fault, all counts and all orders."""
        self.exchange.forget()
        self.fault = None
        self._fault_left: int | None = None
        self._calls: Counter[str] = Counter()
        self._weight = 0
        self._window = (-1, 0)
        self._most_at_once = self._under_way

    def set_fault(self, fault: Fault | None) -> None:
        """Replace the fault; None ends it."""
        self.fault = fault
        self._fault_left = fault.times if fault else None

    def count(self, call: Call) -> int:
        """Count a call on its arrival. Return the weight used in the exchange's current window."""
        weight = self.exchange.weight(call)
        self._calls[call.path if call.path in self.exchange.paths else OTHER_PATHS] += 1
        self._weight += weight
        self._under_way += 1
        self._most_at_once = max(self._most_at_once, self._under_way)
        window, used = self._window
        current = int(call.now // self.exchange.window_seconds)
        self._window = (current, weight + (used if window == current else 0))
        return self._window[1]

    def ended(self) -> None:
        """Note that a counted call is over."""
        self._under_way -= 1

    def next_fault(self, path: str, method: str = "GET") -> Fault | None:
        """Return the fault for this call, if any, and count it down."""
        fault = self.fault
        if fault is None or (fault.path is not None and fault.path not in path):
            return None
        if fault.method is not None and fault.method != method:
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
