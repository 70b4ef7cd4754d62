"""What currencies were worth at a past moment, by the rates recorded then, or the bank's of that day."""

from collections.abc import Awaitable, Callable, Iterable
from decimal import Decimal

from application.ports.database import Database
from application.quotes.ports.repositories import QuotesRepositories
from domain.currency import Currency
from domain.iso_4217 import is_iso_4217
from domain.pair import Pair
from domain.quotes.quote import RecordedQuote
from domain.rates.book import RateType
from domain.rates.reference_rates import ReferenceRates
from domain.rates.rounding import round_rate
from domain.rates.route import Route
from domain.wallets.valuation import NoPrice, Price, Pricing

# Rates are recorded once an hour; one hour may have been missed.
USUAL_AGE_SECONDS = 2 * 3600

_ONE = Decimal(1)


class RecordedPrices:
    """Finds rates between two currencies as they were recorded, this way round or the other.

    Where none was in time, the bank's rate between two state currencies counts. `rates_at` returns those of a moment.
    """

    def __init__(
        self,
        database: Database[QuotesRepositories],
        rates_at: Callable[[float], Awaitable[ReferenceRates | None]],
    ) -> None:
        self._database = database
        self._rates_at = rates_at

    async def __call__(
        self, codes: Iterable[Currency], to: Currency, *, at: int, max_age_seconds: int | None, exchange: str | None
    ) -> dict[Currency, Pricing]:
        """Return a price, or why there is none, for each currency but `to`.

        `at` is a Unix second. A rate observed more than `max_age_seconds` before it is stale. With `exchange`, rates
        from elsewhere do not count.
        """
        wanted = [code for code in dict.fromkeys(codes) if code != to]
        pairs = [pair for code in wanted for pair in (Pair(code, to), Pair(to, code))]
        async with self._database.reading() as unit:
            found = await unit.quotes.find_newest(pairs, at)
        kept = {pair: each for pair, each in found.items() if exchange is None or _source(each) == exchange.lower()}
        bound = USUAL_AGE_SECONDS if max_age_seconds is None else max_age_seconds
        priced = {code: _pricing(kept.get(Pair(code, to)), kept.get(Pair(to, code)), at, bound) for code in wanted}
        missing = [code for code, pricing in priced.items() if isinstance(pricing, NoPrice) or pricing.stale_reason]
        return priced | await self._at_bank(missing, to, at, exchange)

    async def _at_bank(
        self, codes: Iterable[Currency], to: Currency, at: int, exchange: str | None
    ) -> dict[Currency, Pricing]:
        """Return the bank's prices of those of these currencies that it has."""
        asked = [code for code in codes if is_iso_4217(code) and is_iso_4217(to)]
        rates = await self._rates_at(at) if asked else None
        if rates is None or to not in rates or (exchange or rates.source).lower() != rates.source:
            return {}
        reason = "the bank's rates of that day were missing" if rates.overdue_seconds(at) else None
        return {
            code: Price.along(Route.at_bank(rates, code, to), RateType.MID, reason) for code in asked if code in rates
        }


def _pricing(straight: RecordedQuote | None, inverse: RecordedQuote | None, at: int, max_age_seconds: int) -> Pricing:
    newest = max(
        (each for each in (straight, inverse) if each is not None),
        key=lambda each: each.quote.observed_at,
        default=None,
    )
    if newest is None:
        return NoPrice("no rate was recorded by then")
    quote = newest.quote
    rate = quote.rate if newest is straight else round_rate(_ONE, quote.rate)
    age = at - quote.observed_at
    reason = f"the last rate by then was {age} s old" if age > max_age_seconds else None
    return Price(rate, _source(newest), quote.observed_at, stale_reason=reason)


def _source(recorded: RecordedQuote) -> str:
    return recorded.quote.exchange or recorded.quote.source
