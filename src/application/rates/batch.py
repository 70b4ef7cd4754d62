"""A batch of conversions under way: all its lines are converted at the same prices."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from application.market_data.freshness import Arrival
from application.market_data.pinned_market import PinnedMarket
from application.market_data.ports.meter import PriceSource
from application.rates.convert import Convert
from application.rates.kept_routes import Ends, KeptRoutes
from application.rates.ports.meter import RatesMeter
from application.rates.route_lookup import RouteQuery
from domain.currency import Currency
from domain.errors import CrossrateError
from domain.rates.book import RateType
from domain.rates.conversion import Conversion
from domain.rates.errors import NotAllAnswered, NotOffered, UnknownExchange
from domain.rates.route import Route
from domain.rates.tickers import name_at

Outcome = Conversion | CrossrateError


class ConversionLine(NamedTuple):
    """One conversion of a batch; the fields mean what they mean for `Convert`."""

    amount: Decimal
    currency_from: Currency
    currency_to: Currency
    exchange: str | None = None
    rate_type: RateType = RateType.MID
    cache_max_seconds: int | None = None

    @property
    def ends(self) -> Ends:
        """The two currencies."""
        return self.currency_from, self.currency_to


class Batch:
    """Converts lines one by one."""

    def __init__(
        self,
        *,
        convert: Convert,
        pinned: Mapping[str, PinnedMarket],
        arrival: Arrival,
        meter: RatesMeter,
        kept: dict[str | None, KeptRoutes],
    ) -> None:
        """`pinned` are the markets of `convert`. `kept` are the routes by exchange asked, from earlier batches."""
        self._convert = convert
        self._pinned = pinned
        self._arrival = arrival
        self._meter = meter
        self._kept = kept
        self._usable: dict[str | None, KeptRoutes | None] = {}
        self._unknown = convert.unknown_exchange("")  # the same for all lines: it names only those that are known

    async def outcome(self, line: ConversionLine) -> Outcome:
        """Return the line's conversion, or why there is none."""
        outcome = self.from_memory(line)
        return await self.looked_up(line) if outcome is None else outcome

    def from_memory(self, line: ConversionLine) -> Outcome | None:
        """Return the same if nothing must be awaited for it, as for most lines; else None."""
        kept = self.kept(line.exchange)
        route = None if kept is None else kept.by_ends.get((line.currency_from, line.currency_to))
        if route is None:
            return self._searched(line, kept)
        if route.legs:
            self._meter.prices_served(route.exchange, PriceSource.PROCESS)
        return self._converted(line, route)

    async def looked_up(self, line: ConversionLine) -> Outcome:
        """Return what `from_memory` could not."""
        try:
            return await self._convert(
                arrival=self._arrival,
                amount=line.amount,
                currency_from=line.currency_from,
                currency_to=line.currency_to,
                exchange=line.exchange,
                rate_type=line.rate_type,
                cache_max_seconds=line.cache_max_seconds,
            )
        except (NotOffered, NotAllAnswered, UnknownExchange) as error:
            return error
        finally:
            self._usable.clear()  # more may be in memory now

    def kept(self, exchange: str | None) -> KeptRoutes | None:
        """Return the routes that are known for lines that ask this exchange; None if not all its prices are in memory.

        Any line of the batch may use them, because the prices satisfy the strictest.
        """
        try:
            return self._usable[exchange]
        except KeyError:
            kept = self._usable[exchange] = self._found(exchange)
            return kept

    def count(self, exchange: str, rate_type: RateType, legs: int, times: int) -> None:
        """Count conversions along kept routes that were made without this object."""
        self._meter.converted_alike(exchange, rate_type, legs, times)
        if legs:
            self._meter.prices_served(exchange, PriceSource.PROCESS, times)

    def _found(self, exchange: str | None) -> KeptRoutes | None:
        if exchange is None:
            name, markets = None, list(self._pinned.values())
        else:
            name = exchange.lower()
            market = self._pinned.get(name) if exchange.isascii() else None
            markets = [] if market is None else [market]
        over = [routes for each in markets if (routes := each.routes_for_all(self._arrival.at)) is not None]
        if not over or len(over) < len(markets):
            return None
        kept = self._kept.get(name)
        if kept is None or not kept.are_over(over):
            kept = self._kept[name] = KeptRoutes(over)
        return kept

    def _searched(self, line: ConversionLine, kept: KeptRoutes | None) -> Outcome | None:
        _, currency_from, currency_to, exchange, _, seconds = line
        convert, arrival = self._convert, self._arrival
        if exchange is not None and not convert.knows(exchange):
            return self._unknown
        markets = convert.asked(exchange)
        if exchange is not None:
            currency_from, currency_to = name_at(exchange, currency_from), name_at(exchange, currency_to)
        not_before = arrival.at - seconds if seconds else None
        route = convert.memory.route(markets, currency_from, currency_to, not_before, arrival.at)
        if route is None:
            query = RouteQuery(currency_from, currency_to, not_before, arrival)
            completed = convert.memory.completed(query) if exchange is None else None
            return convert.memory.why_none(markets, query) if completed is None else self._converted(line, completed)
        if exchange is not None:
            route = route.asked_as(line.currency_from, line.currency_to)
        if kept is not None and not route.is_constant:
            kept.keep(line.ends, route)
        return self._converted(line, route)

    def _converted(self, line: ConversionLine, route: Route) -> Conversion:
        conversion = Conversion.along(route, line.amount, line.rate_type)
        self._meter.converted(conversion)
        return conversion
