"""Storage of how many calls each source has had."""

from typing import Protocol

from application.quotes.quota_plan import CallCount


class CallCounts(Protocol):
    """One count a source, inside one unit of work. Calls may raise `DatabaseUnavailable`."""

    async def lock(self, source: str) -> CallCount:
        """Return the count, zero if there is none, locked against other units until this one ends."""
        ...

    async def save(self, source: str, count: CallCount) -> None:
        """Replace the locked count."""
        ...
