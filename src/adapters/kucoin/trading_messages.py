"""Deciphers the answers of KuCoin's trading API, without I/O: the code in the body counts, whatever the status.

https://www.kucoin.com/docs-new/error-code/spot-trading lists the codes.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Generic, TypeVar

import msgspec

from adapters.kucoin import NAME
from adapters.rest.client import Answer
from adapters.rest.venue_texts import shown
from domain.currency import Currency
from domain.decimals import EXACT
from domain.errors import InvalidInput
from domain.orders.errors import BrokerUnavailable, NotTradable, OrderRefused, PlacementUnknown, VenueFundsTooLow
from domain.orders.venue_order import Fill, MarketRules, VenueOrder, VenueReport, VenueStatus
from domain.pair import Pair
from domain.rates.errors import NothingTradable
from domain.rates.instruments import Instruments, currencies_of
from domain.rates.tickers import meanings, named_as_ordered

SUCCESS = "200000"
TOO_MANY_REQUESTS = "429000"

# With these, the order was turned away. All others leave the outcome open, among them 408000 and 500000.
_REFUSALS = frozenset(
    {
        *("200004", "210021", "230003", "300000", "411100", "429000", "600100", "600101", "900001"),
        *("400001", "400002", "400003", "400004", "400005", "400006", "400007"),
        *("400100", "400200", "400350", "400370", "400500", "400600", "400760"),
    }
)

_FUNDS_TOO_LOW = frozenset({"200004", "210021", "230003"})

# Not a refusal of this order, but the news that it is there already.
_DUPLICATE = "duplicat"

# An overloaded server, which may have passed the order on.
_OVERLOADED = "system-level"

_NOT_FOUND_CODES = frozenset({"400100", "100001"})
_ZERO = Decimal(0)

T = TypeVar("T")


class _Head(msgspec.Struct, gc=False):
    code: str
    msg: str = ""


class _Document(msgspec.Struct, Generic[T], gc=False):
    data: T


class _Accepted(msgspec.Struct, rename="camel", gc=False):
    order_id: str
    client_oid: str


class Order(msgspec.Struct, rename="camel", gc=False):
    """An order, as every answer describes it."""

    id: str
    client_oid: str
    symbol: str
    active: bool
    deal_size: Decimal
    deal_funds: Decimal


class Trade(msgspec.Struct, rename="camel", gc=False):
    """One of our trades. The tax, which some regions have, comes on top of the fee."""

    id: int
    trade_id: int
    order_id: str
    price: Decimal
    size: Decimal
    fee: Decimal
    fee_currency: str
    tax: Decimal | None = None

    @property
    def numbers(self) -> tuple[Decimal, ...]:
        """All of them."""
        return self.price, self.size, self.fee, self.tax or _ZERO


class OrderPage(msgspec.Struct, gc=False):
    """Orders that are done."""

    items: list[Order]


class TradePage(msgspec.Struct, gc=False):
    """Trades, the newest first."""

    items: list[Trade]


class Account(msgspec.Struct, gc=False):
    """One balance, what is held in open orders included."""

    currency: str
    balance: Decimal


class Fee(msgspec.Struct, rename="camel", gc=False):
    """The account's fee in one pair."""

    symbol: str
    taker_fee_rate: Decimal


class Symbol(msgspec.Struct, rename="camel", gc=False):
    """A pair and its rules."""

    symbol: str
    base_currency: str
    quote_currency: str
    fee_currency: str
    enable_trading: bool
    base_min_size: Decimal | None = None
    base_max_size: Decimal | None = None
    base_increment: Decimal | None = None
    price_increment: Decimal | None = None
    min_funds: Decimal | None = None
    quote_min_size: Decimal | None = None
    callauction_is_enabled: bool | None = False

    @property
    def names(self) -> tuple[str, str, str]:
        """Its symbol, base and quote, as the exchange spells them."""
        return self.symbol, self.base_currency, self.quote_currency

    @property
    def takes_fee_from_purchase(self) -> bool:
        """Whether the fee is taken from what was bought; usually it comes on top, in units of the quote."""
        return self.fee_currency == self.base_currency


def head_in(answer: Answer) -> _Head | None:
    """Return code and message, None if the answer has none."""
    try:
        return msgspec.json.decode(answer.body, type=_Head)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def placed(answer: Answer, order: VenueOrder) -> VenueReport:
    """Return an open order: KuCoin has accepted it, and tells only when asked what came of it.

    Raises `OrderRefused` or `PlacementUnknown`.
    """
    head = head_in(answer)
    if head is None:
        raise PlacementUnknown(f"HTTP {answer.status}")
    if answer.status == 200 and head.code == SUCCESS:
        return _accepted(answer, order)
    text = shown(head.msg)
    is_refusal = answer.status < 500 and head.code in _REFUSALS
    if is_refusal and _DUPLICATE not in head.msg.lower() and _OVERLOADED not in head.msg.lower():
        raise (VenueFundsTooLow if head.code in _FUNDS_TOO_LOW else OrderRefused)(text, head.code)
    raise PlacementUnknown(f"HTTP {answer.status} {text}".rstrip(), shown(head.code))


def answered(answer: Answer, kind: type[T]) -> T:
    """Return the data that answers a question. Raises `BrokerUnavailable`."""
    head = head_in(answer)
    if head is None:
        raise BrokerUnavailable(f"HTTP {answer.status}")
    if answer.status != 200 or head.code != SUCCESS:
        raise BrokerUnavailable(f"HTTP {answer.status} {shown(head.msg)}".rstrip(), shown(head.code))
    return _data(answer, kind)


def order_in(answer: Answer, order: VenueOrder) -> VenueReport | None:
    """Return the report of our order, None if the exchange does not know it. Raises `BrokerUnavailable`."""
    head = head_in(answer)
    if head is not None and answer.status < 500 and head.code in _NOT_FOUND_CODES:
        words = head.msg.lower().replace("_", " ")
        if "order" in words and ("not exist" in words or "notexist" in words):
            return None
    if bytes(answered(answer, msgspec.Raw)) == b"null":
        return None
    return report_of(answered(answer, Order), order)


def report_of(found: Order, order: VenueOrder) -> VenueReport:
    """Return what the exchange says of our order. Raises `BrokerUnavailable` where it is another or makes no sense."""
    if found.client_oid != order.client_order_id or found.symbol != order.symbol:
        raise BrokerUnavailable("the answer is about another order")
    if not (_is_amount(found.deal_size) and _is_amount(found.deal_funds)) or found.deal_size > order.quantity:
        raise BrokerUnavailable("what was executed makes no sense")
    status = VenueStatus.OPEN if found.active else VenueStatus.DONE
    return VenueReport(found.id, status, found.deal_size, found.deal_funds)


def fills_of(trades: Iterable[Trade], order: VenueOrder, report: VenueReport) -> tuple[Fill, ...]:
    """Return the trades of an order. Raises `BrokerUnavailable` where they do not add up to its report yet."""
    trades = list(trades)
    if not all(_is_amount(number) for trade in trades for number in trade.numbers):
        raise BrokerUnavailable("a trade makes no sense")
    if sum((trade.size for trade in trades), _ZERO) != report.quantity:
        raise BrokerUnavailable("the trades do not add up to the order yet")
    return tuple(
        Fill(
            str(trade.trade_id),
            trade.price,
            trade.size,
            EXACT.add(trade.fee, trade.tax or _ZERO),
            _fee_currency(trade.fee_currency, order),
        )
        for trade in trades
    )


def balances_in(accounts: Sequence[Account], at: float) -> Mapping[Currency, Decimal]:
    """Return the balances that are not zero, without assets whose tickers cannot be those of ours."""
    held: dict[Currency, Decimal] = {}
    names = currencies_of({each.currency for each in accounts}, meanings(NAME, at).names)
    for each in accounts:
        currency = names.get(each.currency)
        if currency is None:
            continue
        if not _is_amount(each.balance):
            raise BrokerUnavailable(f"the balance of {currency} makes no sense")
        if each.balance:
            held[currency] = EXACT.add(held.get(currency, _ZERO), each.balance)
    return held


def symbol_of(rows: Sequence[Symbol], pair: Pair, at: float) -> Symbol:
    """Return the pair's row: the one whose price market data gives. Raises `NotTradable`."""
    tradable = [row.names for row in rows if row.enable_trading]
    halted = [row.names for row in rows if not row.enable_trading]
    try:
        listed = Instruments.of(NAME, tradable, at, halted=halted)
    except NothingTradable:
        raise NotTradable(f"KuCoin does not trade {pair} now") from None
    wanted = listed.named(pair.base), listed.named(pair.quote)
    for row in rows:
        is_pair = listed.pairs.ends.get(row.symbol) == wanted
        if is_pair and row.enable_trading and not row.callauction_is_enabled:
            return row
    raise NotTradable(f"KuCoin does not trade {pair} now")


def rules_of(row: Symbol, pair: Pair, taker_fee: Decimal) -> MarketRules:
    """Return the rules. `taker_fee` is 0 where the fee comes on top of the funds.

    Raises `BrokerUnavailable` for rules without sense.
    """
    try:
        return MarketRules(
            symbol=row.symbol,
            pair=pair,
            tick_size=row.price_increment or None,
            lot_size=row.base_increment or None,
            min_quantity=row.base_min_size or None,
            max_quantity=row.base_max_size or None,
            min_notional=row.min_funds or row.quote_min_size or None,
            taker_fee=taker_fee,
            market=(NAME, row.symbol),
        )
    except ValueError as error:
        raise BrokerUnavailable(str(error)) from None


def _accepted(answer: Answer, order: VenueOrder) -> VenueReport:
    try:
        accepted = _data(answer, _Accepted)
    except BrokerUnavailable as error:
        raise PlacementUnknown(str(error)) from error
    if accepted.client_oid != order.client_order_id:
        raise PlacementUnknown("the answer is about another order")
    return VenueReport(accepted.order_id, VenueStatus.OPEN)


def _data(answer: Answer, kind: type[T]) -> T:
    document: Any = _Document[kind]  # type: ignore[valid-type] # the type is chosen at run time
    try:
        data: T = msgspec.json.decode(answer.body, type=document).data
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BrokerUnavailable(f"the answer is unreadable: {type(error).__name__}") from None
    return data


def _fee_currency(ticker: str, order: VenueOrder) -> Currency:
    try:
        return named_as_ordered(NAME, ticker, order.pair, order.signed_at_ms / 1000)
    except InvalidInput:
        raise BrokerUnavailable(f"a fee is in {shown(ticker)}, which is no ticker") from None


def _is_amount(number: Decimal) -> bool:
    return number.is_finite() and number >= 0
