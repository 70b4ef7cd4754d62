"""Orders at Binance's spot market. Questions are repeated by whoever asks; an order is sent once."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

import aiohttp

from adapters.binance import NAME
from adapters.binance.signing import Credentials
from adapters.binance.trading_messages import (
    ARCHIVED,
    BAD_SYMBOL,
    NO_SUCH_ORDER,
    Account,
    Commission,
    Listing,
    Order,
    Time,
    Trade,
    answered,
    balances_in,
    error_in,
    fills_of,
    placed,
    report_of,
    rules_in,
)
from adapters.binance.trading_requests import PAGE, TradingRequests
from adapters.rest.client import Answer
from adapters.rest.rules_cache import RulesCache
from adapters.rest.trading_client import NoAnswer, NotSent, SignedRequest, TradingClient, bounded
from application.orders.ports.broker import Broker
from application.ports.clock import Clock
from domain.currency import Currency
from domain.orders.errors import BrokerUnavailable, NotTradable, OrderRefused, PlacementUnknown
from domain.orders.venue_order import Fill, MarketRules, VenueOrder, VenueReport, VenueStatus
from domain.pair import Pair
from domain.rates.tickers import tickers_of

# Of the weight of an address per minute, beyond which questions wait for the next minute.
MOST_WEIGHT = 5000

# The pages of one order's trades.
MOST_PAGES = 10

# So many unknown orders have traded that something else uses the account heavily: an operator has to look.
MOST_STRANGE_ORDERS = 10

_TURNED_AWAY = frozenset({403, 418, 429})
_ILLEGAL_CHARACTERS = -1100

T = TypeVar("T")


class BinanceBroker(Broker):
    """Signed requests over REST."""

    def __init__(
        self, *, base_url: str, session: aiohttp.ClientSession, clock: Clock, credentials: Credentials
    ) -> None:
        self._client = TradingClient(base_url, session, clock)
        self._clock = clock
        self._requests = TradingRequests(credentials)
        self._rules = RulesCache(clock)

    @property
    def venue(self) -> str:
        """`binance`."""
        return NAME

    async def time_ms(self) -> int:
        """Ask for the server's time."""
        async with bounded():
            time_ms = answered(await self._ask(self._requests.time()), Time).server_time
        self._client.note_time(time_ms)
        return time_ms

    async def rules(self, pair: Pair) -> MarketRules:
        """Ask for the symbol that is spelled like the pair, and believe its base and quote, not its spelling."""
        try:
            self._client.check_pause(is_question=True)
        except NotSent as error:
            raise BrokerUnavailable(str(error)) from error
        async with bounded():
            return await self._rules.get(pair, self._fetched_rules)

    async def place(self, order: VenueOrder) -> VenueReport:
        """Send the order. Any answer that is neither a report nor a refusal leaves the outcome unknown."""
        try:
            answer = await self._client.send(self._requests.place(order), is_question=False)
        except NotSent as error:
            raise OrderRefused(str(error), "not_sent") from error
        except NoAnswer as error:
            raise PlacementUnknown(str(error)) from error
        self._note_limits(answer)
        with self._rules.forgotten_after_refusal(order.pair):
            return placed(answer, order)

    async def find(self, order: VenueOrder) -> VenueReport | None:
        """Ask for the order by our id; where it is not known, look for it among orders and trades since then.

        The first question may be answered from a database that lags behind.
        """
        async with bounded():
            return await self._found(order)

    async def fills(self, order: VenueOrder, report: VenueReport) -> Sequence[Fill]:
        """Ask for the order's trades, page by page."""
        trades: list[Trade] = []
        from_id: int | None = None
        async with bounded():
            for _ in range(MOST_PAGES if report.quantity else 0):
                request = self._requests.trades_of(order, report.venue_order_id, self._client.now_ms(), from_id)
                page = answered(await self._ask(request), list[Trade])
                trades += page
                if len(page) < PAGE:
                    break
                from_id = page[-1].id + 1
        return fills_of(trades, order, report)

    async def balances(self) -> Mapping[Currency, Decimal]:
        """Ask for the account."""
        async with bounded():
            account = answered(await self._ask(self._requests.account(self._client.now_ms())), Account)
        return balances_in(account, self._clock.now())

    async def _found(self, order: VenueOrder) -> VenueReport | None:
        found = await self._by_client_id(order)
        if found is not None:
            return found
        listed = await self._page(self._requests.open_orders(order, self._client.now_ms()), list[Order])
        listed += await self._page(self._requests.orders_since(order, self._client.now_ms()), list[Order])
        for each in listed:
            if each.client_order_id == order.client_order_id:
                return report_of(each, order)
        trades = await self._page(self._requests.trades_since(order, self._client.now_ms()), list[Trade])
        return await self._among(order, {trade.order_id for trade in trades} - {each.order_id for each in listed})

    async def _by_client_id(self, order: VenueOrder) -> VenueReport | None:
        answer = await self._ask(self._requests.by_client_id(order, self._client.now_ms()))
        error = error_in(answer) if 400 <= answer.status < 500 else None
        if error is not None and error.code == NO_SUCH_ORDER:
            return None
        if error is not None and error.code == ARCHIVED:
            return VenueReport("archived", VenueStatus.DONE)
        return report_of(answered(answer, Order), order)

    async def _among(self, order: VenueOrder, ids: set[int]) -> VenueReport | None:
        """Look at orders that have traded and are in no list: one may be ours."""
        if len(ids) > MOST_STRANGE_ORDERS:
            raise BrokerUnavailable("too many orders that are not listed have traded")
        for order_id in sorted(ids):
            request = self._requests.by_order_id(order, order_id, self._client.now_ms())
            found = answered(await self._ask(request), Order)
            if found.client_order_id == order.client_order_id:
                return report_of(found, order)
        return None

    async def _page(self, request: SignedRequest, kind: type[list[T]]) -> list[T]:
        rows = answered(await self._ask(request), kind)
        if len(rows) >= PAGE:
            raise BrokerUnavailable(f"there are {PAGE} rows or more, so what is missing may be beyond them")
        return rows

    async def _fetched_rules(self, pair: Pair) -> MarketRules:
        now = self._clock.now()
        listing = await self._listing(pair, now)
        symbol = rules_in(listing, pair, Decimal(0), now).symbol
        await self.time_ms()
        commission = answered(await self._ask(self._requests.commission(symbol, self._client.now_ms())), Commission)
        return rules_in(listing, pair, commission.of_a_purchase, now)

    async def _listing(self, pair: Pair, now: float) -> Listing:
        """Ask by every name that the exchange may have for the pair: nearly always there is one."""
        quotes = tickers_of(NAME, pair.quote, now)
        for spelled in (base + quote for base in tickers_of(NAME, pair.base, now) for quote in quotes):
            answer = await self._ask(self._requests.symbol(spelled))
            error = error_in(answer) if answer.status == 400 else None
            if error is None or error.code not in {BAD_SYMBOL, _ILLEGAL_CHARACTERS}:
                return answered(answer, Listing)
        raise NotTradable(f"Binance does not list {pair}")

    async def _ask(self, request: SignedRequest) -> Answer:
        try:
            answer = await self._client.send(request)
        except (NotSent, NoAnswer) as error:
            raise BrokerUnavailable(str(error)) from error
        self._note_limits(answer)
        return answer

    def _note_limits(self, answer: Answer) -> None:
        if answer.status in _TURNED_AWAY:
            self._client.pause(answer, None)
        used = answer.whole_number("X-MBX-USED-WEIGHT-1M")
        if used is not None and used > MOST_WEIGHT:
            self._client.pause_questions((self._clock.now() // 60 + 1) * 60)
