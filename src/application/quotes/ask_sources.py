"""Ask the sources in their order what a pair is worth now."""

from collections.abc import Sequence

import structlog

from application.quotes.ports.quote_source import QuoteSource
from domain.pair import Pair
from domain.quotes.errors import NotQuoted, QuoteUnavailable, SourceUnavailable
from domain.quotes.quote import Quote

log = structlog.get_logger()


class AskSources:
    """The first source that has a rate of the pair and can be asked decides."""

    def __init__(self, sources: Sequence[QuoteSource]) -> None:
        self._sources = tuple(sources)

    async def __call__(self, pair: Pair, *, is_hourly: bool) -> Quote:
        """Return the quote.

        Raises `NotQuoted` when all have answered and none has a rate, and `QuoteUnavailable` when one that might have
        had it could not be asked. `DatabaseUnavailable` is the caller's to know: what is told could not be kept either.
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
                failures[source.name] = failure
        if failures:
            raise QuoteUnavailable(str(pair), failures, reasons)
        raise NotQuoted(str(pair), reasons)
