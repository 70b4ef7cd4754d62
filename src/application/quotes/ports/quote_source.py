"""The port to a quote source."""

from typing import Protocol

from domain.pair import Pair
from domain.quotes.quote import Quote


class QuoteSource(Protocol):
    """A source of rates. Calls are not cached and have a timeout. Failures contain no secrets."""

    @property
    def name(self) -> str:
        """The name in lower case, as the API spells it."""
        ...

    async def quote(self, pair: Pair, *, is_hourly: bool) -> Quote:
        """Return the pair's current rate. `is_hourly` marks the hourly call, which has a reserved share of a quota.

        Raises `NotQuoted` if the source has no rate of this pair, `SourceUnavailable` if it could not be asked, and
        `DatabaseUnavailable` if it has a quota whose count cannot be read.
        """
        ...
