"""Convert at the median of all exchanges that have a route and do not diverge."""

from decimal import Decimal

from application.market_data.freshness import Arrival
from application.rates.ask_all import AskAll, failures_in, reason_of
from application.rates.convert import Convert
from application.rates.ports.meter import RatesMeter
from domain.currency import Currency
from domain.errors import CrossrateError
from domain.rates.book import FurtherRateType
from domain.rates.errors import ConversionUnavailable, NoRoute, TooFewProviders
from domain.rates.median import MedianConversion, agreeing
from domain.rates.route import Route

_DIVERGES = "its price differs too much from that of most others, so it may be another coin"


class ConvertMedian:
    """The use case. At least `min_providers` exchanges must agree; `threshold_percent` is how far they may differ."""

    def __init__(
        self,
        *,
        convert: Convert,
        ask_all: AskAll,
        meter: RatesMeter,
        min_providers: int,
        threshold_percent: Decimal,
    ) -> None:
        self._convert = convert
        self._ask_all = ask_all
        self._meter = meter
        self._min_providers = min_providers
        self._threshold_percent = threshold_percent

    async def __call__(
        self,
        *,
        arrival: Arrival,
        amount: Decimal,
        currency_from: Currency,
        currency_to: Currency,
        cache_max_seconds: int | None = None,
    ) -> MedianConversion:
        """Return what the amount is worth. All exchanges are asked, each without the bank's rates.

        Raises `NoRoute` and `TooFewProviders` if all have answered, and `ConversionUnavailable` if those that could
        not be asked might have been enough.
        """

        async def ask(exchange: str) -> Route:
            return await self._convert.route(
                arrival=arrival,
                currency_from=currency_from,
                currency_to=currency_to,
                exchange=exchange,
                cache_max_seconds=cache_max_seconds,
            )

        answers = await self._ask_all(ask)
        routes = {name: each for name, each in answers.items() if isinstance(each, Route)}
        used = agreeing(routes, self._threshold_percent)
        left_out = {
            name: reason_of(name, each) if isinstance(each, CrossrateError) else _DIVERGES
            for name, each in answers.items()
            if name not in used
        }
        providers = [route for name, route in routes.items() if name in used]
        if len(providers) < self._min_providers:
            failures = failures_in(answers)
            reasons = {name: reason for name, reason in left_out.items() if name not in failures}
            if len(providers) + len(failures) >= self._min_providers and failures:
                raise ConversionUnavailable(failures, reasons)
            if not routes and not failures:
                raise NoRoute(currency_from, currency_to, reasons)
            raise TooFewProviders((currency_from, currency_to), len(providers), self._min_providers, left_out)
        self._meter.converted_further(FurtherRateType.MEDIAN.value, FurtherRateType.MEDIAN, 0)
        return MedianConversion.of(amount, providers, left_out)
