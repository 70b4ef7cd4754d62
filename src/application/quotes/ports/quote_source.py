"""A source of quotes."""

from typing import Protocol

from domain.pair import Pair
from domain.quotes.quote import Quote


class QuoteSource(Protocol):
    """Asked anew on every call, without a cache and in a bounded time. Its failures contain no secret."""

    @property
    def name(self) -> str:
        """The name in lower case, as the API spells it."""
        ...

    async def quote(self, pair: Pair, *, is_hourly: bool) -> Quote:
        """Return the pair's rate now. `is_hourly` marks the call of the hour, for which part of the quota is set aside.

        Raises `NotQuoted` when it has no rate of this pair, which is an answer, `SourceUnavailable` when it could not
        be asked, and `DatabaseUnavailable` when its calls are counted and the count is not available.
        """
        ...
