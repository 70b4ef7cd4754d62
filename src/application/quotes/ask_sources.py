"""Get a pair's current rate from the quote sources, in order."""

from collections.abc import Sequence
from dataclasses import replace

import structlog

from application.quotes.ports.quote_source import QuoteSource
from domain.pair import Pair
from domain.quotes.errors import NotQuoted, QuoteUnavailable, SourceUnavailable
from domain.quotes.quote import Quote

log = structlog.get_logger()


class AskSources:
    """Returns the rate of the first source that has one, skipping sources that fail or have none."""

    def __init__(self, sources: Sequence[QuoteSource]) -> None:
        self._sources = tuple(sources)

    async def __call__(self, pair: Pair, *, is_hourly: bool) -> Quote:
        """Return the quote.

        Raises `NotQuoted` if all have answered and none has a rate, and `QuoteUnavailable` if one that might have it
        could not be asked. `DatabaseUnavailable` from a source passes through: the quote could not be stored either.
        """
        failures: dict[str, SourceUnavailable] = {}
        reasons: dict[str, str] = {}
        for source in self._sources:
            try:
                return await source.quote(pair, is_hourly=is_hourly)
            except NotQuoted as answer:
                reasons |= answer.reasons
            except SourceUnavailable as failure:
                log.warning(
                    "quote_source_failed",
                    source=source.name,
                    pair=str(pair),
                    reason=failure.reason.value,
                    detail=failure.detail,
                )
                failures[source.name] = replace(failure)  # the traceback of the other refers back to this frame
        if failures:
            raise QuoteUnavailable(str(pair), failures, reasons)
        raise NotQuoted(str(pair), reasons)
