"""What converts an amount, whichever way its prices come."""

from decimal import Decimal
from typing import Protocol

from application.market_data.freshness import Arrival
from domain.currency import Currency
from domain.rates.book import RateType
from domain.rates.conversion import Conversion


class Converter(Protocol):
    """The interface of the use case `Convert` and of its decorators."""

    def arrival(self) -> Arrival:
        """Return the arrival of a request that arrives now, to be passed in with it; a batch may share one."""
        ...

    async def __call__(
        self,
        *,
        arrival: Arrival,
        amount: Decimal,
        currency_from: Currency,
        currency_to: Currency,
        exchange: str | None = None,
        rate_type: RateType = RateType.MID,
        cache_max_seconds: int | None = None,
    ) -> Conversion:
        """Return what `amount` of one currency is worth in the other.

        `exchange` restricts the search to one exchange or to the bank, in any case; None tries all exchanges in order,
        and then those that the bank's rates complete. Every price is at most `cache_max_seconds` old at the arrival;
        None means fetched after the arrival. The bank's rates count as fresh until newer ones are overdue.

        Raises `UnknownExchange`, `NoRoute` if all exchanges have answered and none has a route, and
        `ConversionUnavailable` if one that might have a route was unavailable.
        """
        ...
