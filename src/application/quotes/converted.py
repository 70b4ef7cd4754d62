"""Conversions as a quote source, for pairs that the exchanges list."""

from decimal import Decimal

from application.quotes.ports.quote_source import QuoteSource
from application.rates.converter import Converter
from domain.pair import Pair
from domain.quotes.errors import InvalidQuote, NotQuoted, SourceUnavailable
from domain.quotes.quote import Quote
from domain.rates.errors import ConversionUnavailable, FailureReason, NoRoute

NAME = "exchanges"

_ONE = Decimal(1)


class ConvertedQuotes(QuoteSource):
    """Quotes the mid rate of the first exchange with a route, at prices fetched for this quote."""

    def __init__(self, convert: Converter) -> None:
        self._convert = convert

    @property
    def name(self) -> str:
        """The same name for every exchange; the quote's legs name the exchange."""
        return NAME

    async def quote(self, pair: Pair, *, is_hourly: bool) -> Quote:  # noqa: ARG002 -- exchanges have no quota
        """Return the rate of converting one unit of the base."""
        try:
            conversion = await self._convert(
                arrival=self._convert.arrival(), amount=_ONE, currency_from=pair.base, currency_to=pair.quote
            )
        except NoRoute as error:
            reasons = "; ".join(f"{exchange}: {reason}" for exchange, reason in error.reasons.items())
            raise NotQuoted(str(pair), {NAME: reasons}) from error
        except ConversionUnavailable as error:
            raise _unavailable(error) from error
        try:
            return Quote.from_conversion(conversion, NAME)
        except InvalidQuote as error:  # each book is sane, but the product of three need not be
            raise SourceUnavailable(NAME, FailureReason.BAD_BODY, "its rate is out of range") from error


def _unavailable(error: ConversionUnavailable) -> SourceUnavailable:
    failures = list(error.failures.values())
    waits = [failure.retry_after_seconds for failure in failures if failure.retry_after_seconds is not None]
    soonest = min(waits) if len(waits) == len(failures) else None
    return SourceUnavailable(NAME, failures[0].reason, str(error), soonest)
