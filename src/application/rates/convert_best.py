"""Convert on the exchange that gives most: all are asked at once, and each answers by itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import takewhile

from application.market_data.freshness import Arrival
from application.rates.ask_all import AskAll, failures_in, reason_of
from application.rates.convert import Convert
from application.rates.convert_at_depth import ConvertAtDepth
from application.rates.ports.meter import RatesMeter
from application.rates.watch_divergence import WatchDivergence
from domain.currency import Currency
from domain.errors import CrossrateError
from domain.pair import Pair
from domain.rates.book import FurtherRateType, RateType
from domain.rates.conversion import Conversion
from domain.rates.depth import DepthConversion
from domain.rates.divergence import differ
from domain.rates.errors import BookTooThin, ConversionUnavailable, NoOrderBooks, NoRoute, OrderTooSmall
from domain.rates.median import agreeing

# So many answers decide by majority which of them mean the same coin.
MAJORITY_OF = 3

_DIVERGES = "its price differs too much from that of {}, so it may be another coin"


@dataclass(frozen=True, slots=True)
class Considered:
    """An exchange that is not the best: its rate, or why it has none or may not win; both if its price diverges."""

    exchange: str
    rate: Decimal | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class BestConversion:
    """The conversion on the exchange that gives most, and the other exchanges in their order."""

    best: Conversion | DepthConversion
    considered: tuple[Considered, ...]


class ConvertBest:
    """The use case. What probably means another coin cannot win: see `_another_coin`.

    `divergence` knows which exchanges trade other coins than one that failed; it and the threshold are off together.
    """

    def __init__(
        self,
        *,
        convert: Convert,
        at_depth: ConvertAtDepth,
        ask_all: AskAll,
        meter: RatesMeter,
        threshold_percent: Decimal,
        divergence: WatchDivergence | None = None,
    ) -> None:
        self._divergence = divergence
        self._convert = convert
        self._at_depth = at_depth
        self._ask_all = ask_all
        self._meter = meter
        self._threshold_percent = threshold_percent

    async def __call__(
        self,
        *,
        arrival: Arrival,
        amount: Decimal,
        currency_from: Currency,
        currency_to: Currency,
        rate_type: RateType | FurtherRateType,
        cache_max_seconds: int | None = None,
    ) -> BestConversion:
        """Return the conversion with the highest rate; of equal ones, that of the first exchange.

        Each exchange is asked as if it were named. Raises what the first that matters raises, where none has an answer.
        """

        async def ask(exchange: str) -> Conversion | DepthConversion:
            if isinstance(rate_type, FurtherRateType):
                return await self._at_depth.attempt(
                    arrival=arrival,
                    amount=amount,
                    currency_from=currency_from,
                    currency_to=currency_to,
                    exchange=exchange,
                    cache_max_seconds=cache_max_seconds,
                )
            route = await self._convert.route(
                arrival=arrival,
                currency_from=currency_from,
                currency_to=currency_to,
                exchange=exchange,
                cache_max_seconds=cache_max_seconds,
            )
            return Conversion.along(route, amount, rate_type)

        answers = await self._ask_all(ask)
        found = {name: each for name, each in answers.items() if not isinstance(each, CrossrateError)}
        if not found:
            raise _none(currency_from, currency_to, answers)
        diverging = self._another_coin(found, answers)
        eligible = [name for name in found if name not in diverging]
        if not eligible:
            pairs = {name: tuple(map(str, _pairs(each))) for name, each in found.items()}
            raise ConversionUnavailable(failures_in(answers), {}, pairs)
        name = max(eligible, key=lambda name: found[name].rate)
        best = found[name]
        if isinstance(best, Conversion):
            self._meter.converted(best)
        else:
            self._meter.converted_further(name, FurtherRateType.DEPTH, len(best.route.legs))
        considered = tuple(
            _considered(other, answer, diverging.get(other)) for other, answer in answers.items() if other != name
        )
        return BestConversion(best, considered)

    def _another_coin(
        self, found: Mapping[str, Conversion | DepthConversion], answers: Mapping[str, object]
    ) -> Mapping[str, str]:
        """Map each exchange that probably means another coin to the reason.

        One that is known to differ from an earlier exchange that failed does not take its place, as in any conversion.
        Of the others, three or more decide by majority; of two, or of groups without one, the first counts as right.
        """
        if not self._threshold_percent:
            return {}
        apart = {
            name: _DIVERGES.format(failed) for name in found if (failed := self._contradicted(name, found, answers))
        }
        routes = {name: each.route for name, each in found.items() if name not in apart}
        if len(routes) >= MAJORITY_OF:
            agree = agreeing(routes, self._threshold_percent)
            if agree:
                return apart | {name: _DIVERGES.format("most others") for name in routes if name not in agree}
        mids = {name: route.rate(RateType.MID) for name, route in routes.items()}
        first = next(iter(mids), "")
        return apart | {
            name: _DIVERGES.format(first)
            for name, mid in mids.items()
            if differ(mid, mids[first], self._threshold_percent)
        }

    def _contradicted(
        self, name: str, found: Mapping[str, Conversion | DepthConversion], answers: Mapping[str, object]
    ) -> str:
        """Return the earlier exchange that failed and whose prices of these pairs differ, "" for none."""
        failures, earlier = failures_in(answers), takewhile(lambda other: other != name, answers)
        if self._divergence is None:
            return ""
        pairs = _pairs(found[name])
        return next(
            (each for each in earlier if each in failures and self._divergence.diverging(each, name, pairs)), ""
        )


def _pairs(conversion: Conversion | DepthConversion) -> list[Pair]:
    return [leg.pair for leg in conversion.route.trades]


def _considered(
    exchange: str, answer: Conversion | DepthConversion | CrossrateError, diverges: str | None
) -> Considered:
    if isinstance(answer, CrossrateError):
        return Considered(exchange, None, reason_of(exchange, answer))
    return Considered(exchange, answer.rate, diverges)


def _none(currency_from: Currency, currency_to: Currency, answers: Mapping[str, object]) -> CrossrateError:
    """Return why no exchange has an answer: what the caller can act on comes first."""
    errors = [each for each in answers.values() if isinstance(each, CrossrateError)]
    thin = [each for each in errors if isinstance(each, BookTooThin)]
    if thin:
        return max(thin, key=lambda each: each.received)
    small = next((each for each in errors if isinstance(each, OrderTooSmall)), None)
    if small is not None:
        return small
    failures = failures_in(answers)
    reasons = {
        name: reason_of(name, each)
        for name, each in answers.items()
        if isinstance(each, CrossrateError) and name not in failures
    }
    if failures:
        return ConversionUnavailable(failures, reasons)
    if all(isinstance(each, NoOrderBooks) for each in errors):
        return errors[0]
    return NoRoute(currency_from, currency_to, reasons)
