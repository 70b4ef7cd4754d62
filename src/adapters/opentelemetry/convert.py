"""The conversion as a span."""

from collections.abc import Mapping
from decimal import Decimal

from opentelemetry.trace import SpanKind, Tracer

from adapters.opentelemetry.spans import span_around
from application.market_data.market_data import MarketData
from application.market_data.ports.meter import Meter
from application.ports.clock import Clock
from application.rates.convert import Convert
from application.rates.watch_divergence import WatchDivergence
from domain.currency import Currency
from domain.rates.book import RateType
from domain.rates.conversion import Conversion


class TracedConvert(Convert):
    """The use case with one span around it, which tells the exchange that served and the number of trades.

    The amount is not told: what somebody converts is theirs.
    """

    def __init__(
        self,
        *,
        tracer: Tracer,
        markets: Mapping[str, MarketData],
        clock: Clock,
        meter: Meter,
        max_legs: int,
        divergence: WatchDivergence | None,
    ) -> None:
        super().__init__(markets, clock, meter, max_legs, divergence)
        self._tracer = tracer

    async def __call__(
        self,
        *,
        amount: Decimal,
        currency_from: Currency,
        currency_to: Currency,
        exchange: str | None = None,
        rate_type: RateType = RateType.MID,
        cache_max_seconds: int | None = None,
    ) -> Conversion:
        """Convert, as the use case itself does."""
        asked = {"crossrate.currency_from": str(currency_from), "crossrate.currency_to": str(currency_to)}
        with span_around(self._tracer, "convert", SpanKind.INTERNAL, asked) as span:
            conversion = await super().__call__(
                amount=amount,
                currency_from=currency_from,
                currency_to=currency_to,
                exchange=exchange,
                rate_type=rate_type,
                cache_max_seconds=cache_max_seconds,
            )
            span.set_attribute("crossrate.exchange", conversion.route.exchange)
            span.set_attribute("crossrate.legs", len(conversion.route.legs))
            span.set_attribute("crossrate.rate_type", rate_type.value)
            return conversion
