"""Orders at KuCoin's spot market. Questions are repeated by whoever asks; an order is sent once."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

import aiohttp

from adapters.kucoin import NAME
from adapters.kucoin.signing import Credentials
from adapters.kucoin.trading_messages import (
    TOO_MANY_REQUESTS,
    Account,
    Fee,
    Order,
    OrderPage,
    Symbol,
    Trade,
    TradePage,
    answered,
    balances_in,
    fills_of,
    head_in,
    order_in,
    placed,
    report_of,
    rules_of,
    symbol_of,
)
from adapters.kucoin.trading_requests import PAGE, SYMBOLS, TIME, TradingRequests
from adapters.rest.client import Answer
from adapters.rest.rules_cache import RulesCache
from adapters.rest.trading_client import NoAnswer, NotSent, SignedRequest, TradingClient, VenueTime, bounded
from application.orders.ports.broker import Broker
from application.ports.clock import Clock
from domain.currency import Currency
from domain.orders.errors import BrokerUnavailable, OrderRefused, PlacementUnknown
from domain.orders.venue_order import Fill, MarketRules, VenueOrder, VenueReport
from domain.pair import Pair

# Where so little of the pool is left, questions wait until it is refilled.
LEAST_SHARE_LEFT = 0.1

# The pages of one order's trades.
MOST_PAGES = 20

# So many unknown orders have traded that something else uses the account heavily: an operator has to look.
MOST_STRANGE_ORDERS = 10

# The pool is refilled after this time.
WINDOW_MS = 30_000

T = TypeVar("T")


class KuCoinBroker(Broker):
    """Signed requests over REST, to the endpoint that only accepts orders: what came of them is asked for anyway."""

    def __init__(
        self, *, base_url: str, session: aiohttp.ClientSession, clock: Clock, credentials: Credentials
    ) -> None:
        self._client = TradingClient(base_url, session, clock)
        self._clock = clock
        self._requests = TradingRequests(credentials)
        self._rules = RulesCache(clock)

    @property
    def venue(self) -> str:
        """`kucoin`."""
        return NAME

    async def time_ms(self) -> int:
        """Ask for the server's time."""
        async with bounded():
            time_ms: int = await self._answered(TIME, VenueTime)
        self._client.note_time(time_ms)
        return time_ms

    async def rules(self, pair: Pair) -> MarketRules:
        """Look the pair up in the list of all symbols, and ask for the fee where it is taken from the purchase."""
        try:
            self._client.check_pause(is_question=True)
        except NotSent as error:
            raise BrokerUnavailable(str(error)) from error
        async with bounded():
            return await self._rules.get(pair, self._fetched_rules)

    async def place(self, order: VenueOrder) -> VenueReport:
        """Send the order. Any answer that is neither an acceptance nor a refusal leaves the outcome unknown."""
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
        """Ask for the order by our id; where it is not known, look for it among orders and trades since then."""
        async with bounded():
            return await self._found(order)

    async def fills(self, order: VenueOrder, report: VenueReport) -> Sequence[Fill]:
        """Ask for the order's trades, page by page."""
        async with bounded():
            trades: list[Trade] = []
            last_id: int | None = None
            for _ in range(MOST_PAGES if report.quantity else 0):
                request = self._requests.trades_of(order, report.venue_order_id, self._client.now_ms(), last_id)
                items = (await self._answered(request, TradePage)).items
                trades += items
                if len(items) < PAGE:
                    break
                last_id = items[-1].id
            return fills_of({trade.trade_id: trade for trade in trades}.values(), order, report)

    async def balances(self) -> Mapping[Currency, Decimal]:
        """Ask for the account that trades."""
        async with bounded():
            accounts = await self._answered(self._requests.accounts(self._client.now_ms()), list[Account])
        return balances_in(accounts, self._clock.now())

    async def _found(self, order: VenueOrder) -> VenueReport | None:
        report = order_in(await self._ask(self._requests.by_client_id(order, self._client.now_ms())), order)
        if report is not None:
            return report
        listed = await self._listed(order)
        for each in listed:
            if each.client_oid == order.client_order_id:
                return report_of(each, order)
        page = await self._answered(self._requests.trades_since(order, self._client.now_ms()), TradePage)
        trades = _complete(page.items)
        return await self._among(order, {trade.order_id for trade in trades} - {each.id for each in listed})

    async def _listed(self, order: VenueOrder) -> list[Order]:
        active = await self._answered(self._requests.open_orders(order, self._client.now_ms()), list[Order])
        done = await self._answered(self._requests.done_orders(order, self._client.now_ms()), OrderPage)
        return active + _complete(done.items)

    async def _among(self, order: VenueOrder, ids: set[str]) -> VenueReport | None:
        """Look at orders that have traded and are in no list: one may be ours."""
        if len(ids) > MOST_STRANGE_ORDERS:
            raise BrokerUnavailable("too many orders that are not listed have traded")
        for order_id in sorted(ids):
            found = await self._answered(self._requests.by_order_id(order, order_id, self._client.now_ms()), Order)
            if found.client_oid == order.client_order_id:
                return report_of(found, order)
        return None

    async def _fetched_rules(self, pair: Pair) -> MarketRules:
        row = symbol_of(await self._answered(SYMBOLS, list[Symbol]), pair, self._clock.now())
        taker_fee = Decimal(0)
        if row.takes_fee_from_purchase:
            await self.time_ms()
            fees = await self._answered(self._requests.trade_fees(row.symbol, self._client.now_ms()), list[Fee])
            if [fee.symbol for fee in fees] != [row.symbol]:
                raise BrokerUnavailable("the fees are those of another pair")
            taker_fee = fees[0].taker_fee_rate
        return rules_of(row, pair, taker_fee)

    async def _answered(self, request: SignedRequest, kind: type[T]) -> T:
        return answered(await self._ask(request), kind)

    async def _ask(self, request: SignedRequest) -> Answer:
        try:
            answer = await self._client.send(request)
        except (NotSent, NoAnswer) as error:
            raise BrokerUnavailable(str(error)) from error
        self._note_limits(answer)
        return answer

    def _note_limits(self, answer: Answer) -> None:
        reset_ms = answer.whole_number("gw-ratelimit-reset")
        head = head_in(answer) if answer.status != 200 or b"429000" in answer.body[:100] else None
        if answer.status in {403, 429} or (head is not None and head.code == TOO_MANY_REQUESTS):
            self._client.pause(answer, None if reset_ms is None else reset_ms / 1000)
        limit, left = answer.whole_number("gw-ratelimit-limit"), answer.whole_number("gw-ratelimit-remaining")
        if limit and left is not None and left < limit * LEAST_SHARE_LEFT:
            wait_ms = WINDOW_MS if reset_ms is None else min(reset_ms, WINDOW_MS)
            self._client.pause_questions(self._clock.now() + wait_ms / 1000)


def _complete(rows: list[T]) -> list[T]:
    if len(rows) >= PAGE:
        raise BrokerUnavailable(f"there are {PAGE} rows or more, so what is missing may be beyond them")
    return rows
