"""Deciphers the answers of Binance's trading API, without I/O.

https://developers.binance.com/docs/binance-spot-api-docs/errors lists the codes.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TypeVar

import msgspec

from adapters.binance import NAME
from adapters.rest.client import Answer
from adapters.rest.trading_client import VenueTime
from adapters.rest.venue_texts import shown
from domain.currency import Currency
from domain.decimals import EXACT
from domain.errors import InvalidInput
from domain.orders.errors import BrokerUnavailable, NotTradable, OrderRefused, PlacementUnknown, VenueFundsTooLow
from domain.orders.venue_order import Fill, MarketRules, VenueOrder, VenueReport, VenueStatus
from domain.pair import Pair
from domain.rates.instruments import currencies_of
from domain.rates.tickers import meanings, named_as_ordered, tickers_of

NO_SUCH_ORDER = -2013
BAD_SYMBOL = -1121
ARCHIVED = -2026  # it ended more than 90 days ago, without any execution
_NEW_ORDER_REJECTED = -2010
_ERROR_OF_MATCHING_ENGINE = -1010

# With these, the request was turned away before the matching engine, or by it. All others leave the outcome open, among
# them -1000, -1001, -1006 and -1007, which say so themselves, and -1008, which does not.
_REFUSALS = frozenset(
    {-1002, -1003, -1013, -1014, -1015, -1020, -1021, -1022, -2014, -2015, *range(-1199, -1099)}
    | {_NEW_ORDER_REJECTED, _ERROR_OF_MATCHING_ENGINE}
)

# Not a refusal of this order, but the news that it is there already.
_DUPLICATE = "duplicate order"

# In -2010 and -1010: "Account has insufficient balance for requested action."
_INSUFFICIENT = "insufficient balance"

_OPEN = frozenset({"NEW", "PENDING_NEW", "PARTIALLY_FILLED", "PENDING_CANCEL"})
_DONE = frozenset({"FILLED", "CANCELED", "REJECTED", "EXPIRED", "EXPIRED_IN_MATCH"})
_ZERO = Decimal(0)

T = TypeVar("T")


class Error(msgspec.Struct, gc=False):
    """An error; `msg` is for people."""

    code: int
    msg: str = ""


class Time(msgspec.Struct, rename="camel", gc=False):
    """The exchange's time in Unix milliseconds."""

    server_time: VenueTime


class Order(msgspec.Struct, rename="camel", gc=False):
    """An order, as every answer describes it. `cummulative_quote_qty` (sic) is negative where it is not available."""

    symbol: str
    order_id: int
    client_order_id: str
    status: str
    executed_qty: Decimal
    cummulative_quote_qty: Decimal


class Trade(msgspec.Struct, rename="camel", gc=False):
    """One of our trades."""

    id: int
    order_id: int
    price: Decimal
    qty: Decimal
    commission: Decimal
    commission_asset: str

    @property
    def funds(self) -> Decimal:
        """What it cost, in units of the quote."""
        return EXACT.multiply(self.price, self.qty)


class _Balance(msgspec.Struct, gc=False):
    asset: str
    free: Decimal
    locked: Decimal


class Account(msgspec.Struct, gc=False):
    """An account's balances."""

    balances: list[_Balance]


class _Rates(msgspec.Struct, gc=False):
    taker: Decimal = _ZERO
    buyer: Decimal = _ZERO


class Commission(msgspec.Struct, rename="camel", gc=False):
    """An account's fees in one pair; they add up."""

    standard_commission: _Rates
    special_commission: _Rates = msgspec.field(default_factory=_Rates)
    tax_commission: _Rates = msgspec.field(default_factory=_Rates)

    @property
    def of_a_purchase(self) -> Decimal:
        """The share that is taken when an order of ours meets one in the book."""
        rates = (self.standard_commission, self.special_commission, self.tax_commission)
        return sum((rate.taker + rate.buyer for rate in rates), _ZERO)


class _Filter(msgspec.Struct, rename="camel", gc=False):
    """`multiplier_up` is for both sides, `bid_multiplier_up` for purchases; both times an average price."""

    filter_type: str
    tick_size: Decimal | None = None
    step_size: Decimal | None = None
    min_qty: Decimal | None = None
    max_qty: Decimal | None = None
    min_notional: Decimal | None = None
    multiplier_up: Decimal | None = None
    bid_multiplier_up: Decimal | None = None


class _Symbol(msgspec.Struct, rename="camel", gc=False):
    symbol: str
    status: str
    base_asset: str
    quote_asset: str
    is_spot_trading_allowed: bool
    order_types: list[str]
    filters: list[_Filter]


class Listing(msgspec.Struct, gc=False):
    """An excerpt of exchangeInfo."""

    symbols: list[_Symbol]


def error_in(answer: Answer) -> Error | None:
    """Return the error that an answer contains, None if it has no code."""
    try:
        return msgspec.json.decode(answer.body, type=Error)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def placed(answer: Answer, order: VenueOrder) -> VenueReport:
    """Return the report of an order that was placed. Raises `OrderRefused` or `PlacementUnknown`."""
    if answer.status == 200:
        try:
            return report_of(_decoded(answer, Order), order)
        except BrokerUnavailable as error:
            raise PlacementUnknown(str(error)) from error
    told = error_in(answer)
    if told is None:
        raise PlacementUnknown(f"HTTP {answer.status}")
    text = shown(told.msg)
    if 400 <= answer.status < 500 and told.code in _REFUSALS and _DUPLICATE not in told.msg.lower():
        lacks_funds = (
            told.code in {_NEW_ORDER_REJECTED, _ERROR_OF_MATCHING_ENGINE} and _INSUFFICIENT in told.msg.lower()
        )
        raise (VenueFundsTooLow if lacks_funds else OrderRefused)(text, str(told.code))
    raise PlacementUnknown(f"HTTP {answer.status} {text}".rstrip(), str(told.code))


def answered(answer: Answer, kind: type[T]) -> T:
    """Return the document that answers a question. Raises `BrokerUnavailable`."""
    if answer.status == 200:
        return _decoded(answer, kind)
    error = error_in(answer)
    if error is None:
        raise BrokerUnavailable(f"HTTP {answer.status}")
    raise BrokerUnavailable(f"HTTP {answer.status} {shown(error.msg)}".rstrip(), str(error.code))


def report_of(found: Order, order: VenueOrder) -> VenueReport:
    """Return what the exchange says of our order. Raises `BrokerUnavailable` where it is another, or says too little.

    An expired order whose executed quantity is above zero was filled in part.
    """
    if found.client_order_id != order.client_order_id or found.symbol != order.symbol:
        raise BrokerUnavailable("the answer is about another order")
    if found.status not in _OPEN | _DONE:
        raise BrokerUnavailable(f"the order's status is {shown(found.status)}")
    if not _is_amount(found.executed_qty) or found.executed_qty > order.quantity:
        raise BrokerUnavailable("the executed quantity makes no sense")
    if not _is_amount(found.cummulative_quote_qty):
        raise BrokerUnavailable("what the order cost is not available yet")
    status = VenueStatus.OPEN if found.status in _OPEN else VenueStatus.DONE
    return VenueReport(str(found.order_id), status, found.executed_qty, found.cummulative_quote_qty)


def fills_of(trades: Iterable[Trade], order: VenueOrder, report: VenueReport) -> tuple[Fill, ...]:
    """Return the trades of an order. Raises `BrokerUnavailable` where they do not add up to its report yet."""
    trades = list(trades)
    if not all(_is_amount(number) for each in trades for number in (each.price, each.qty, each.commission)):
        raise BrokerUnavailable("a trade makes no sense")
    if sum((trade.qty for trade in trades), _ZERO) != report.quantity:
        raise BrokerUnavailable("the trades do not add up to the order yet")
    return tuple(
        Fill(str(trade.id), trade.price, trade.qty, trade.commission, _fee_currency(trade.commission_asset, order))
        for trade in trades
    )


def balances_in(account: Account, at: float) -> Mapping[Currency, Decimal]:
    """Return free and locked amounts together, without assets whose tickers cannot be those of ours."""
    held: dict[Currency, Decimal] = {}
    names = currencies_of({each.asset for each in account.balances}, meanings(NAME, at).names)
    for each in account.balances:
        currency = names.get(each.asset)
        if currency is None:
            continue
        if not (_is_amount(each.free) and _is_amount(each.locked)):
            raise BrokerUnavailable(f"the balance of {currency} makes no sense")
        if each.free + each.locked:
            held[currency] = held.get(currency, _ZERO) + each.free + each.locked
    return held


def rules_in(listing: Listing, pair: Pair, taker_fee: Decimal, at: float) -> MarketRules:
    """Return the rules of the pair. Raises `NotTradable` if it is not what the exchange lists, or not trading.

    Raises `BrokerUnavailable` for rules without sense.
    """
    bases, quotes = tickers_of(NAME, pair.base, at), tickers_of(NAME, pair.quote, at)
    for row in listing.symbols:
        is_pair = row.base_asset.upper() in bases and row.quote_asset.upper() in quotes
        if is_pair and row.status == "TRADING" and row.is_spot_trading_allowed and "LIMIT" in row.order_types:
            try:
                return _rules(row, pair, taker_fee)
            except ValueError as error:
                raise BrokerUnavailable(str(error)) from None
    raise NotTradable(f"Binance does not trade {pair} now")


def _rules(row: _Symbol, pair: Pair, taker_fee: Decimal) -> MarketRules:
    """Read the filters: https://developers.binance.com/docs/binance-spot-api-docs/filters. A step of 0 is none."""
    filters = {each.filter_type: each for each in row.filters}
    none = _Filter("")
    price, lot = filters.get("PRICE_FILTER", none), filters.get("LOT_SIZE", none)
    notional = filters.get("NOTIONAL") or filters.get("MIN_NOTIONAL", none)
    percent = filters.get("PERCENT_PRICE_BY_SIDE") or filters.get("PERCENT_PRICE", none)
    return MarketRules(
        symbol=row.symbol,
        pair=pair,
        tick_size=price.tick_size or None,
        lot_size=lot.step_size or None,
        min_quantity=lot.min_qty or None,
        max_quantity=lot.max_qty or None,
        min_notional=notional.min_notional or None,
        max_price_ratio=percent.bid_multiplier_up or percent.multiplier_up or None,
        taker_fee=taker_fee,
        market=(NAME, row.symbol),
    )


def _decoded(answer: Answer, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BrokerUnavailable(f"the answer is unreadable: {type(error).__name__}") from None


def _fee_currency(ticker: str, order: VenueOrder) -> Currency:
    try:
        return named_as_ordered(NAME, ticker, order.pair, order.signed_at_ms / 1000)
    except InvalidInput:
        raise BrokerUnavailable(f"a fee is in {shown(ticker)}, which is no ticker") from None


def _is_amount(number: Decimal) -> bool:
    return number.is_finite() and number >= 0
