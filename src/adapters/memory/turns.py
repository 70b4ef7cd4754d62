"""Turns within one process: its listing and its books are fetched one after the other."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from uuid import uuid4

from application.bell import Bell
from application.ports.clock import Clock
from application.ports.turns import NO_FETCH, Failed, Kept, Outcome, Payload, Turn, Turns, UnderWay
from domain.errors import ExchangeUnavailable

LEASE_SECONDS = 3.0


@dataclass(slots=True)
class _State:
    """Of one exchange; times in Unix seconds."""

    number: int = NO_FETCH
    turn: Turn | None = None
    held_until: float = 0.0
    left_alone_until: float = 0.0
    pause: ExchangeUnavailable | None = None
    failed: Failed | None = None
    failed_of: Payload | None = None  # None for all
    kept: dict[Payload, int] = field(default_factory=dict)
    bell: Bell = field(default_factory=Bell)


class MemoryTurns(Turns):
    """Bounded by the number of exchanges."""

    lease_seconds = LEASE_SECONDS

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._states: defaultdict[str, _State] = defaultdict(_State)

    async def kept(self, exchange: str, payload: Payload) -> int:
        """Return the newest fetch whose value was kept."""
        return self._states[exchange].kept.get(payload, NO_FETCH)

    async def take(
        self, exchange: str, payload: Payload, *, known: int | None, waited_for: int | None
    ) -> Turn | UnderWay | Kept | Failed:
        """Return the turn if nobody has it."""
        state, now = self._states[exchange], self._clock.now()
        kept = state.kept.get(payload, NO_FETCH)
        if known is not None and kept > known:
            return Kept(kept)
        if state.pause is not None and state.left_alone_until > now:
            raise replace(state.pause, retry_after_seconds=state.left_alone_until - now)
        if state.turn is not None and now < state.held_until:
            return UnderWay(state.turn.number)
        failed = state.failed if state.failed_of in {None, payload} else None
        if failed is not None and waited_for is not None and failed.number >= waited_for:
            return failed
        state.number += 1
        state.turn = Turn(exchange, payload, state.number, uuid4().hex)
        state.held_until = now + self.lease_seconds
        return state.turn

    async def extend(self, turn: Turn) -> None:
        """Have it last for longer, if it is still the one that is held."""
        state = self._states[turn.exchange]
        if state.turn == turn:
            state.held_until = self._clock.now() + self.lease_seconds

    async def end(self, turn: Turn, outcome: Outcome) -> None:
        """Give it back, if it is still the one that is held."""
        state = self._states[turn.exchange]
        if state.turn != turn:
            return
        state.turn = None
        if outcome.is_kept:
            state.kept[turn.payload] = turn.number
        if outcome.failure is not None:
            state.failed = Failed(turn.number, outcome.failure)
            state.failed_of = None if outcome.failure.is_of_the_whole_exchange else turn.payload
        state.bell.ring()

    async def leave_alone(self, failure: ExchangeUnavailable) -> None:
        """Let nobody have a turn for a while."""
        state = self._states[failure.exchange]
        until = self._clock.now() + (failure.retry_after_seconds or 0.0)
        if until > state.left_alone_until:
            state.left_alone_until, state.pause = until, failure

    async def change(self, exchange: str, within_seconds: float) -> None:
        """Wait for the next end of a turn."""
        await self._states[exchange].bell.heard(within_seconds)
