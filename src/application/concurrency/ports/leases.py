"""Who of many does what only one shall do."""

from typing import Protocol

# A claim of a later moment than this was made by a clock that has been set since, and is void.
CLOCK_TOLERANCE_SECONDS = 60.0


class Leases(Protocol):
    """Names that one holder at a time has, inside one unit of work; others see it once that is left.

    Moments are Unix seconds by the clock of whoever asks: clocks that differ shift a claim's end by as much. Calls may
    raise `DatabaseUnavailable`.
    """

    async def take(self, name: str, holder: str, now: float, until: float) -> bool:
        """Take the name, at most 255 bytes, until that moment; False while another claim of it lasts.

        Of many who come together one has it.
        """
        ...

    async def give_up(self, name: str, holder: str) -> None:
        """Give up the name if this holder still has it."""
        ...

    async def forget(self, until: float) -> None:
        """Remove the claims that had ended by that moment; no more than tidiness."""
        ...
