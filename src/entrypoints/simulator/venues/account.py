"""An account at a simulated exchange: its orders are checked and matched as a real exchange does it."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from enum import StrEnum

from entrypoints.simulator.market.order_book import BookSide, stepped
from entrypoints.simulator.reply import Row

# What clients must present; the same at every simulated exchange, and worth nothing.
API_KEY = "simulator-key"
API_SECRET = "simulator-secret"  # noqa: S105 -- it opens nothing but a simulation
API_PASSPHRASE = "simulator-passphrase"  # noqa: S105

FUNDS = {"USDT": Decimal(10_000_000), "USDC": Decimal(10_000_000), "EUR": Decimal(10_000_000), "BTC": Decimal(100)}
FEE = Decimal("0.001")
FEE_STEP = Decimal("0.00000001")

# Bounds memory.
MOST_ORDERS = 100_000

_ZERO = Decimal(0)


class Reason(StrEnum):
    """Why an order is rejected."""

    CLOSED = "closed"
    TICK = "tick"
    LOT = "lot"
    MIN_QUANTITY = "min_quantity"
    MIN_NOTIONAL = "min_notional"
    BALANCE = "balance"
    DUPLICATE = "duplicate"


class Rejected(Exception):
    """The order is against a rule."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Listed:
    """A pair, its rules, and both sides of its book. `fee_asset` is where the fee is taken."""

    symbol: str
    base: str
    quote: str
    is_tradable: bool
    min_quantity: Decimal
    min_notional: Decimal
    bids: BookSide
    asks: BookSide
    fee_asset: str

    @property
    def tick(self) -> Decimal:
        """The step of prices."""
        return self.asks.tick

    @property
    def lot(self) -> Decimal:
        """The step of quantities."""
        return self.asks.lot


@dataclass(frozen=True, slots=True)
class Asked:
    """An order to buy, as it arrived. `rests` keeps what is not filled in the book."""

    client_id: str
    price: Decimal
    quantity: Decimal
    rests: bool = False


@dataclass(frozen=True, slots=True)
class TradeMade:
    """One trade."""

    number: int
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str

    @property
    def funds(self) -> Decimal:
        """What it cost, in units of the quote."""
        return self.price * self.quantity


@dataclass(slots=True)
class Placed:
    """An order that was accepted."""

    number: int
    symbol: str
    asked: Asked
    at_ms: int
    quote: str
    trades: list[TradeMade] = field(default_factory=list)
    is_open: bool = False
    is_cancelled: bool = False

    @property
    def executed(self) -> Decimal:
        """The quantity that was filled."""
        return sum((trade.quantity for trade in self.trades), _ZERO)

    @property
    def funds(self) -> Decimal:
        """What that cost."""
        return sum((trade.funds for trade in self.trades), _ZERO)

    @property
    def locked(self) -> Decimal:
        """What an open order keeps of the quote."""
        return self.asked.price * (self.asked.quantity - self.executed) if self.is_open else _ZERO


class Account:
    """Balances, orders and trades. A client id is taken again once its order is done, as at the real exchanges."""

    def __init__(self) -> None:
        self._numbers = self._trades = 0
        self.reset()

    def reset(self) -> None:
        """Begin anew. Numbers go on, so that nobody takes new trades for those from before."""
        self.balances: dict[str, Decimal] = dict(FUNDS)
        self.orders: deque[Placed] = deque(maxlen=MOST_ORDERS)

    def place(self, asked: Asked, market: Listed, now: float, fill_percent: int = 100) -> Placed:
        """Accept and match an order. Raises `Rejected`."""
        self._check(asked, market)
        start = int(now * 1000)  # above all numbers of a simulator that ran before this one
        self._numbers, self._trades = max(self._numbers + 1, start), max(self._trades, start)
        order = Placed(self._numbers, market.symbol, asked, int(now * 1000), market.quote)
        left = stepped(asked.quantity * fill_percent / 100, market.lot, ROUND_DOWN)
        for price, available in market.asks.levels():
            taken = min(left, available)
            if price > asked.price or taken <= 0:
                break
            left -= taken
            order.trades.append(self._trade(market, price, taken))
        order.is_open = asked.rests and order.executed < asked.quantity
        self.orders.append(order)
        return order

    def by_client_id(self, client_id: str, symbol: str) -> Placed | None:
        """Return the newest order with this id."""
        found = (each for each in reversed(self.orders) if each.asked.client_id == client_id and each.symbol == symbol)
        return next(found, None)

    def by_number(self, number: str, symbol: str) -> Placed | None:
        """Return the order with the exchange's own id."""
        return next((each for each in self.orders if str(each.number) == number and each.symbol == symbol), None)

    def of(self, symbol: str, since_ms: int = 0) -> list[Placed]:
        """Return the orders in a pair, oldest first."""
        return [each for each in self.orders if each.symbol == symbol and each.at_ms >= since_ms]

    def listed(self, symbol: str, since_ms: int = 0) -> list[Placed]:
        """Return the orders in a pair as its lists show them, oldest first."""
        return self.of(symbol, since_ms)

    def locked(self, currency: str) -> Decimal:
        """Return what open orders keep."""
        return sum((each.locked for each in self.orders if each.quote == currency), _ZERO)

    def state(self) -> Row:
        """Return everything, for the control endpoint."""
        return {
            "balances": {code: f"{amount:f}" for code, amount in sorted(self.balances.items())},
            "orders": [_order_row(order) for order in self.orders],
            "trades": [_trade_row(order, trade) for order in self.orders for trade in order.trades],
        }

    def _check(self, asked: Asked, market: Listed) -> None:
        reasons: Mapping[Reason, bool] = {
            Reason.CLOSED: not market.is_tradable,
            Reason.TICK: asked.price <= 0 or asked.price % market.tick != 0,
            Reason.LOT: asked.quantity <= 0 or asked.quantity % market.lot != 0,
            Reason.MIN_QUANTITY: asked.quantity < market.min_quantity,
            Reason.MIN_NOTIONAL: asked.quantity * asked.price < market.min_notional,
            Reason.BALANCE: asked.quantity * asked.price * (1 + FEE) > self._free(market.quote),
            Reason.DUPLICATE: any(each.is_open and each.asked.client_id == asked.client_id for each in self.orders),
        }
        for reason, is_broken in reasons.items():
            if is_broken:
                raise Rejected(reason)

    def _trade(self, market: Listed, price: Decimal, quantity: Decimal) -> TradeMade:
        self._trades += 1
        in_base = market.fee_asset == market.base
        fee = ((quantity if in_base else price * quantity) * FEE).quantize(FEE_STEP, ROUND_UP)
        trade = TradeMade(self._trades, price, quantity, fee, market.fee_asset)
        self._add(market.base, quantity)
        self._add(market.quote, -trade.funds)
        self._add(market.fee_asset, -fee)
        return trade

    def _free(self, currency: str) -> Decimal:
        return self.balances.get(currency, _ZERO) - self.locked(currency)

    def _add(self, currency: str, amount: Decimal) -> None:
        self.balances[currency] = self.balances.get(currency, _ZERO) + amount


def _order_row(order: Placed) -> Row:
    return {
        "id": str(order.number),
        "client_order_id": order.asked.client_id,
        "symbol": order.symbol,
        "price": f"{order.asked.price:f}",
        "quantity": f"{order.asked.quantity:f}",
        "executed": f"{order.executed:f}",
        "funds": f"{order.funds:f}",
        "is_open": order.is_open,
        "at_ms": order.at_ms,
    }


def _trade_row(order: Placed, trade: TradeMade) -> Row:
    return {
        "id": str(trade.number),
        "order_id": str(order.number),
        "client_order_id": order.asked.client_id,
        "symbol": order.symbol,
        "price": f"{trade.price:f}",
        "quantity": f"{trade.quantity:f}",
        "fee": f"{trade.fee:f}",
        "fee_asset": trade.fee_asset,
    }
