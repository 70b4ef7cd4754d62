"""A venue inside the service: it fills orders at the asks of real markets, by their rules, with money made up."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial

from adapters.simulated_venue import NAME
from adapters.simulated_venue.matching import changed_by, check_rules, check_window, executed, rules_of
from application.market_data.market import Market
from application.orders.ports.broker import Broker
from application.orders.ports.simulated_ledger import SimulatedVenueRepositories
from application.ports.clock import Clock
from application.ports.database import Database
from domain.currency import Currency
from domain.decimals import EXACT
from domain.errors import Conflict, DatabaseUnavailable
from domain.orders.errors import BrokerUnavailable, NotTradable, OrderRefused, PlacementUnknown, VenueFundsTooLow
from domain.orders.simulated_order import SimulatedOrder
from domain.orders.venue_order import Fill, MarketRules, VenueOrder, VenueReport
from domain.pair import Pair
from domain.rates.errors import ExchangeUnavailable
from domain.rates.instruments import Instrument, Instruments

# An order is filled at an ask that is at most this old.
MAX_PRICE_AGE_SECONDS = 5.0

_ZERO = Decimal(0)


class SimulatedBroker(Broker):
    """Needs no key and no account. Its orders and balances are in the service's own database.

    A pair is traded at the first of `markets` that lists it and has fresh prices, to any quantity: books have prices
    only. `funds` are its balances before the first order.
    """

    def __init__(
        self,
        *,
        markets: Mapping[str, Market],
        database: Database[SimulatedVenueRepositories],
        clock: Clock,
        funds: Mapping[Currency, Decimal],
    ) -> None:
        self._markets = markets
        self._database = database
        self._clock = clock
        self._funds = funds

    @property
    def venue(self) -> str:
        """`simulated`."""
        return NAME

    async def time_ms(self) -> int:
        """Return this process's time, by which the window is checked here."""
        return int(self._clock.now() * 1000)

    async def rules(self, pair: Pair) -> MarketRules:
        """Return the rules of the first market that lists the pair and could fill an order now."""
        failure: ExchangeUnavailable | None = None
        for name, market in self._markets.items():
            try:
                instruments = await market.instruments()
                await market.book_tickers(self._clock.now() - MAX_PRICE_AGE_SECONDS)
            except ExchangeUnavailable as error:
                failure = failure or error
                continue
            instrument = _listed(instruments, pair)
            if instrument is not None:
                return rules_of(name, instrument)
        if failure is not None:
            raise BrokerUnavailable(str(failure)) from failure
        raise NotTradable(f"no market trades {pair}")

    async def place(self, order: VenueOrder) -> VenueReport:
        """Fill the order, or cancel it. Any doubt about the database leaves the outcome unknown."""
        check_window(order, self._clock.now())
        ask = await self._ask(order)
        try:
            return (await self._database.write(partial(self._execute, order, ask))).report
        except Conflict as error:
            raise PlacementUnknown("an order with this id exists") from error
        except DatabaseUnavailable as error:
            raise PlacementUnknown(str(error)) from error

    async def find(self, order: VenueOrder) -> VenueReport | None:
        """Return the stored order."""
        found = await self._found(order)
        return None if found is None else found.report

    async def fills(self, order: VenueOrder, report: VenueReport) -> Sequence[Fill]:  # noqa: ARG002 -- as the port has it
        """Return its one fill, if it has any."""
        found = await self._found(order)
        if found is None:
            raise BrokerUnavailable("the order is not there")
        return found.fills

    async def balances(self) -> Mapping[Currency, Decimal]:
        """Return the funds, and what orders have changed."""
        try:
            async with self._database.reading() as unit:
                changes = await unit.simulated_ledger.list_changes()
        except DatabaseUnavailable as error:
            raise BrokerUnavailable(str(error)) from error
        return {code: self._balance(code, changes.get(code, _ZERO)) for code in {*self._funds, *changes}}

    async def _execute(
        self, order: VenueOrder, ask: Decimal | None, unit: SimulatedVenueRepositories
    ) -> SimulatedOrder:
        changes = await unit.simulated_ledger.lock_changes((order.pair.base, order.pair.quote))
        now = self._clock.now()
        check_window(order, now)  # again, because waiting for the lock takes time
        done = executed(order, ask, now)
        after = changed_by(done, changes)
        if self._balance(order.pair.quote, after[order.pair.quote]) < 0:
            raise VenueFundsTooLow(f"the balance of {order.pair.quote} is insufficient", "insufficient_balance")
        await unit.simulated_ledger.add(done, after)
        return done

    async def _ask(self, order: VenueOrder) -> Decimal | None:
        exchange, _, symbol = order.symbol.partition(":")
        market = self._markets.get(exchange)
        if market is None:
            raise OrderRefused(f"{order.symbol} is not traded", "not_traded")
        try:
            instruments = await market.instruments()
            book_tickers = await market.book_tickers(self._clock.now() - MAX_PRICE_AGE_SECONDS)
        except ExchangeUnavailable as error:
            raise OrderRefused(f"there is no fresh price: {error}", "no_price") from error
        instrument = _listed(instruments, order.pair)
        if instrument is None or instrument.symbol != symbol:
            raise OrderRefused(f"{order.symbol} does not trade {order.pair}", "not_traded")
        check_rules(order, rules_of(exchange, instrument))
        book = book_tickers.by_symbol.get(symbol)
        return None if book is None else book.ask

    async def _found(self, order: VenueOrder) -> SimulatedOrder | None:
        try:
            async with self._database.reading() as unit:
                return await unit.simulated_ledger.find(order.client_order_id)
        except DatabaseUnavailable as error:
            raise BrokerUnavailable(str(error)) from error

    def _balance(self, currency: Currency, change: Decimal) -> Decimal:
        return EXACT.add(self._funds.get(currency, _ZERO), change)


def _listed(instruments: Instruments, pair: Pair) -> Instrument | None:
    for symbol in instruments.between(pair.base, pair.quote):
        base, quote = instruments.pairs.ends[symbol]
        if (base, quote) == (instruments.named(pair.base), instruments.named(pair.quote)):
            found = instruments.instrument(symbol)
            return Instrument(symbol, pair, found.rules)
    return None
