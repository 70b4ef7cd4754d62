"""The conversion with a span around it."""

from decimal import Decimal

from opentelemetry.trace import SpanKind, Tracer

from adapters.opentelemetry.spans import span_around
from application.market_data.freshness import Arrival
from application.rates.converter import Converter
from domain.currency import Currency
from domain.rates.book import RateType
from domain.rates.conversion import Conversion


class TracedConvert(Converter):
    """Forwards to `convert`; the span has the exchange that answered and the number of legs.

    For privacy it does not have the amount.
    """

    def __init__(self, convert: Converter, tracer: Tracer) -> None:
        self._convert = convert
        self._tracer = tracer

    def arrival(self) -> Arrival:
        """Return the arrival of a request that arrives now."""
        return self._convert.arrival()

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
        """Convert, as the use case itself does."""
        attributes = {"crossrate.currency_from": str(currency_from), "crossrate.currency_to": str(currency_to)}
        with span_around(self._tracer, "convert", SpanKind.INTERNAL, attributes) as span:
            conversion = await self._convert(
                arrival=arrival,
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
