"""The port to the repository of call counts."""

from typing import Protocol

from application.quotes.quota_plan import CallCount


class CallCounts(Protocol):
    """One count per source, in one unit of work. Every call may raise `DatabaseUnavailable`."""

    async def lock(self, source: str) -> CallCount:
        """Return the count, zero if there is none, locked against other units until this one ends."""
        ...

    async def save(self, source: str, count: CallCount) -> None:
        """Replace the locked count."""
        ...
