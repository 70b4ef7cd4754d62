"""Convert with more than the best prices of one exchange: one entrance to the use cases that do."""

from decimal import Decimal

from application.market_data.freshness import Arrival
from application.rates.convert_at_depth import ConvertAtDepth
from domain.currency import Currency
from domain.rates.book import FurtherRateType, RateType
from domain.rates.depth import DepthConversion

FurtherConversion = DepthConversion


class ConvertFurther:
    """Chooses the use case by the rate type."""

    def __init__(self, *, at_depth: ConvertAtDepth) -> None:
        self._at_depth = at_depth

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
        """Return the conversion. Raises what the use case of the rate type raises."""
        assert rate_type is FurtherRateType.DEPTH  # noqa: S101
        return await self._at_depth(
            arrival=arrival,
            amount=amount,
            currency_from=currency_from,
            currency_to=currency_to,
            exchange=exchange,
            cache_max_seconds=cache_max_seconds,
        )
