"""Leases in a dictionary."""

from typing import NamedTuple

from application.concurrency.ports.leases import CLOCK_TOLERANCE_SECONDS, Leases


class Held(NamedTuple):
    """One lease."""

    holder: str
    taken_at: float
    until: float


class FakeLeases(Leases):
    def __init__(self, held: dict[str, Held]) -> None:
        self._held = held

    async def acquire(self, name: str, holder: str, now: float, until: float) -> bool:
        if await self.is_held(name, now):
            return False
        self._held[name] = Held(holder, now, until)
        return True

    async def is_held(self, name: str, now: float) -> bool:
        held = self._held.get(name)
        return held is not None and held.until > now and held.taken_at <= now + CLOCK_TOLERANCE_SECONDS

    async def release(self, name: str, holder: str) -> None:
        if name in self._held and self._held[name].holder == holder:
            del self._held[name]

    async def delete_expired(self, now: float) -> None:
        for name in [name for name, held in self._held.items() if held.until <= now]:
            del self._held[name]
