"""Claims within one process."""

from application.ports.claims import Claims
from application.ports.clock import Clock


class MemoryClaims(Claims):
    """Holds the end of each claim; those that are over are forgotten as new ones come."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    async def claim(self, name: str, seconds: float) -> bool:
        """Take the name if nobody has it."""
        now = self._clock.now()
        self._until = {held: until for held, until in self._until.items() if until > now}
        if name in self._until:
            return False
        self._until[name] = now + seconds
        return True

    async def release(self, name: str) -> None:
        """Give it up."""
        self._until.pop(name, None)
