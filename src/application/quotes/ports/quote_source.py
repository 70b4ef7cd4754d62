"""Who can say what a pair is worth."""

from typing import Protocol

from domain.pair import Pair
from domain.quotes.quote import Quote


class QuoteSource(Protocol):
    """One source of quotes, asked anew at each call: no cache, a bounded time.

    Its failures never tell a secret that it is asked with.
    """

    @property
    def name(self) -> str:
        """The name in lower case, as the API spells it."""
        ...

    async def quote(self, pair: Pair, *, is_hourly: bool) -> Quote:
        """Return the pair's rate now. `is_hourly` tells the one call of the hour that calls are kept back for.

        Raises `NotQuoted` when it has no rate of this pair, which is an answer, `SourceUnavailable` for whatever keeps
        it from one, and `DatabaseUnavailable` where its calls are counted and cannot be.
        """
        ...
