"""What currencies are worth now: all at one snapshot of each exchange."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import takewhile

from application.concurrency.cooperative import yield_to_event_loop
from application.market_data.market import Market
from application.rates.batch import ConversionLine
from application.rates.convert_many import ConvertMany
from application.rates.newest_reference_rates import NewestReferenceRates
from application.rates.route_lookup import not_listed
from application.rates.watch_divergence import WatchDivergence
from domain.currency import Currency
from domain.errors import CrossrateError
from domain.rates.book import RateType
from domain.rates.conversion import Conversion
from domain.rates.errors import ConversionUnavailable, NotOffered
from domain.rates.route import Route
from domain.rates.routing import Routes, Search
from domain.rates.tickers import name_at
from domain.wallets.valuation import NoPrice, Price, Pricing

_ONE = Decimal(1)


class FindPrices:
    """Prices as new as was asked for; where an exchange or the bank has none, its last ones, which are stale."""

    def __init__(
        self,
        *,
        convert_many: ConvertMany,
        markets: Mapping[str, Market],
        searches: Iterable[Search],
        reference: NewestReferenceRates | None = None,
        divergence: WatchDivergence | None = None,
    ) -> None:
        """`markets` are in the order in which they are tried, and so are `searches`."""
        self._convert_many = convert_many
        self._markets = dict(markets)
        self._searches = list(searches)
        self._reference = reference
        self._divergence = divergence

    async def __call__(
        self,
        codes: Iterable[Currency],
        to: Currency,
        *,
        cache_max_seconds: int | None,
        rate_type: RateType,
        exchange: str | None,
    ) -> dict[Currency, Pricing]:
        """Return a price, or why there is none, for each currency but `to`. Raises `UnknownExchange`.

        Codes mean the same coins whatever `exchange` is: a wallet's BIFI is not KuCoin's.
        """
        wanted = [code for code in dict.fromkeys(codes) if code != to]
        prices = self._of_other_coins(wanted, to, exchange)
        wanted = [code for code in wanted if code not in prices]
        lines = [ConversionLine(_ONE, code, to, exchange, rate_type, cache_max_seconds) for code in wanted]
        outcomes = await self._convert_many(lines)
        for line, outcome in zip(lines, outcomes, strict=True):
            if isinstance(outcome, Conversion):
                route = outcome.route
                prices[line.currency_from] = Price(outcome.rate, route.exchange, route.observed_at, route)
            else:
                prices[line.currency_from] = self._otherwise(line, outcome)
                await yield_to_event_loop()  # it has searched every exchange, which takes long
        return prices

    def _of_other_coins(self, codes: Iterable[Currency], to: Currency, exchange: str | None) -> dict[Currency, Pricing]:
        """Return the codes that the exchange has for coins other than those here, and the reason."""
        if exchange is None:
            return {}
        if name_at(exchange, to) != to:
            return dict.fromkeys(codes, NoPrice(self._not_listed(exchange, to)))
        return {code: NoPrice(self._not_listed(exchange, code)) for code in codes if name_at(exchange, code) != code}

    def _not_listed(self, exchange: str, code: Currency) -> str:
        market = self._markets.get(exchange.lower())
        known = None if market is None else market.routes_of_any_age()
        reason = f"{code} is not listed" if known is None else not_listed(known.market.instruments, code)
        return f"{exchange.lower()}: {reason}"

    def _otherwise(self, line: ConversionLine, outcome: CrossrateError) -> Pricing:
        if isinstance(outcome, ConversionUnavailable):
            return self._last_price(line, outcome) or NoPrice(str(outcome))
        if isinstance(outcome, NotOffered):
            return NoPrice("; ".join(f"{exchange}: {reason}" for exchange, reason in outcome.reasons.items()))
        raise outcome

    def _last_price(self, line: ConversionLine, error: ConversionUnavailable) -> Price | None:
        """Return the price along the best route in what was last known, however old that is."""
        names = self._markets if line.exchange is None else [line.exchange.lower()]
        markets = [self._markets[name] for name in names if name in self._markets]  # the bank's name has none
        known = [routes for market in markets if (routes := market.routes_of_any_age()) is not None]
        for max_legs, only_tight in self._searches:
            for routes in known:
                route = routes.find(line.currency_from, line.currency_to, max_legs, only_tight=only_tight)
                if route is not None and not self._is_of_another_coin(route, error):
                    return Price.along(route, line.rate_type, stale_reason=str(error))
        completed = self._last_completed(line, known, error)
        return None if completed is None else Price.along(completed, line.rate_type, stale_reason=str(error))

    def _last_completed(
        self, line: ConversionLine, known: Iterable[Routes], error: ConversionUnavailable
    ) -> Route | None:
        """Return the route that the bank's last rates complete, unless one exchange alone was asked."""
        newest = self._reference
        if newest is None or newest.of_any_age is None or (line.exchange or newest.source).lower() != newest.source:
            return None
        ends, bridges = (line.currency_from, line.currency_to), newest.of_any_age
        found = (
            bridges.find(routes, *ends, max_legs, only_tight=only_tight)
            for max_legs, only_tight in self._searches
            for routes in known
        )
        usable = (route for route in found if route is not None and not self._is_of_another_coin(route, error))
        return newest.at_bank(bridges, *ends) or next(usable, None)

    def _is_of_another_coin(self, route: Route, error: ConversionUnavailable) -> bool:
        """Tell whether an exchange that failed, and comes before the route's, trades another coin by these names."""
        legs = route.trades
        if self._divergence is None or not legs:
            return False
        name, pairs = legs[0].exchange, [leg.pair for leg in legs]
        earlier = takewhile(lambda each: each != name, self._markets)
        return any(self._divergence.diverging(each, name, pairs) for each in earlier if each in error.failures)
