"""How often sources that count their calls were asked."""

from typing import Protocol

from application.quotes.quota_plan import CallCount


class CallCounts(Protocol):
    """One count a source, inside one unit of work. Calls may raise `DatabaseUnavailable`."""

    async def lock(self, source: str) -> CallCount:
        """Return the count, of nothing where there is none, and have others wait for theirs until the unit is left."""
        ...

    async def save(self, source: str, count: CallCount) -> None:
        """Replace the count that is held."""
        ...
