"""A fault at work: which connections it concerns, and what it makes of the prices that they would get."""

from collections.abc import Iterable

from entrypoints.simulator.streams.connection import Connection
from entrypoints.simulator.streams.kinds import (
    DeadSymbols,
    Duplicates,
    Gaps,
    OutOfOrder,
    Silence,
    StreamFault,
)
from entrypoints.simulator.streams.protocol import BookUpdate


class Disturbance:
    """One fault from its beginning on. `listed` are the exchange's symbols; every `every`-th of them dies."""

    def __init__(self, fault: StreamFault, connections: Iterable[Connection], listed: Iterable[str]) -> None:
        self.fault = fault
        self._subscribed = {each.number: each.session.subscriptions for each in connections}
        self._dead = fault.symbols if isinstance(fault, DeadSymbols) else frozenset()
        if isinstance(fault, DeadSymbols) and fault.every is not None:
            self._dead |= frozenset(list(listed)[:: fault.every])
        self._counts: dict[int, int] = {}
        self._held: dict[tuple[int, str], BookUpdate] = {}

    def concerns(self, connection: Connection) -> bool:
        """Tell whether the connection has the fault."""
        return not self.fault.until_reconnected or connection.number in self._subscribed

    def disturbed(self, connection: Connection, updates: list[BookUpdate]) -> list[BookUpdate]:
        """Return the updates that the connection gets instead of these, in their order."""
        match self.fault:
            case Silence():
                return []
            case DeadSymbols():
                return [update for update in updates if not self._is_dead(connection, update.symbol)]
            case Gaps(every=every):
                return [update for update in updates if not self._is_turn(connection, every)]
            case Duplicates(every=every):
                return [each for update in updates for each in [update] * (1 + self._is_turn(connection, every))]
            case OutOfOrder() as fault:
                return [each for update in updates for each in self._late(connection, update, fault)]
            case _:
                return updates

    def _is_dead(self, connection: Connection, symbol: str) -> bool:
        if symbol not in self._dead:
            return False
        if not getattr(self.fault, "until_resubscribed", False):
            return True
        topic = connection.session.topic_of(symbol)
        subscribed = connection.session.topics.get(topic, 0) if topic else 0
        return subscribed <= self._subscribed.get(connection.number, -1)

    def _is_turn(self, connection: Connection, every: int) -> bool:
        count = self._counts.get(connection.number, 0) + 1
        self._counts[connection.number] = count
        return count % every == 0

    def _late(self, connection: Connection, update: BookUpdate, fault: OutOfOrder) -> list[BookUpdate]:
        key = connection.number, update.symbol
        if (held := self._held.pop(key, None)) is not None:
            return [update, held]
        if self._is_turn(connection, fault.every):
            self._held[key] = update
            return [update] if fault.also_in_time else []
        return [update]
