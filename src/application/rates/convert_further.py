"""Convert with more than the best prices of one exchange: one entrance to the use cases that do."""

from decimal import Decimal

from application.market_data.freshness import Arrival
from application.rates.convert_at_depth import ConvertAtDepth
from application.rates.convert_best import BestConversion, ConvertBest
from application.rates.convert_median import ConvertMedian
from domain.currency import Currency
from domain.rates.book import FurtherRateType, RateType
from domain.rates.depth import DepthConversion
from domain.rates.errors import BEST, MedianOfOne
from domain.rates.median import MedianConversion

FurtherConversion = DepthConversion | BestConversion | MedianConversion


def is_best(exchange: str | None) -> bool:
    """Tell whether the best of all exchanges is asked for."""
    return exchange is not None and exchange.lower() == BEST


class ConvertFurther:
    """Chooses the use case by the rate type and the exchange."""

    def __init__(self, *, at_depth: ConvertAtDepth, best: ConvertBest, median: ConvertMedian) -> None:
        self._at_depth = at_depth
        self._best = best
        self._median = median

    async def __call__(
        self,
        *,
        arrival: Arrival,
        amount: Decimal,
        currency_from: Currency,
        currency_to: Currency,
        exchange: str | None = None,
        rate_type: RateType | FurtherRateType,
        cache_max_seconds: int | None = None,
    ) -> FurtherConversion:
        """Convert at depth, at the median, or by any other rate type on the best exchange.

        Raises what the use case raises, and `MedianOfOne`.
        """
        if rate_type is FurtherRateType.MEDIAN:
            if exchange is not None:
                raise MedianOfOne
            return await self._median(
                arrival=arrival,
                amount=amount,
                currency_from=currency_from,
                currency_to=currency_to,
                cache_max_seconds=cache_max_seconds,
            )
        if is_best(exchange):
            return await self._best(
                arrival=arrival,
                amount=amount,
                currency_from=currency_from,
                currency_to=currency_to,
                rate_type=rate_type,
                cache_max_seconds=cache_max_seconds,
            )
        return await self._at_depth(
            arrival=arrival,
            amount=amount,
            currency_from=currency_from,
            currency_to=currency_to,
            exchange=exchange,
            cache_max_seconds=cache_max_seconds,
        )
