"""What the service answers. Made from its OpenAPI document by `make client`: do not edit.

Figures are exact; moments are in UTC. A newer service may have further members, which are left out, and further values
where a `Literal` lists them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One trade of the route, one rate of the bank that completes it, or a change of unit, such as 1000SATS/SATS."""

    exchange: str
    symbol: str
    side: Literal["buy", "sell"]
    price: Decimal
    observed_at: datetime
    published: date | None = None
    precision: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOver:
    """What is not traded of a currency, since it makes up no whole lot."""

    currency: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """What one order of a conversion at depth would do."""

    exchange: str
    symbol: str
    side: Literal["buy", "sell"]
    quantity: Decimal
    funds: Decimal
    price: Decimal
    fee: Decimal
    left_over: Decimal
    observed_at: datetime
    precision: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """An exchange that does not give most."""

    exchange: str
    rate: Decimal | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """An exchange whose mid is among those of which the median is taken."""

    exchange: str
    rate: Decimal
    updated_at: datetime
    route: tuple[Leg, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRate:
    """A recorded rate that a conversion at a past moment uses."""

    pair: str
    side: Literal["buy", "sell"]
    rate: Decimal
    source: str
    exchange: str | None = None
    observed_at: datetime
    quote_id: int | None = None
    hour: datetime | None = None
    published: date | None = None
    route: tuple[Leg, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """A conversion. `route` is present on request, and where an exchange trades a currency under another code."""

    currency_from: str
    currency_to: str
    exchange: str
    rate: Decimal
    result: Decimal
    updated_at: datetime
    route: tuple[Leg, ...] | None = None
    received: Decimal | None = None
    fee: Decimal | None = None
    slippage_percent: Decimal | None = None
    filled: Decimal | None = None
    left_over: tuple[LeftOver, ...] | None = None
    trades: tuple[Trade, ...] | None = None
    considered: tuple[Considered, ...] | None = None
    providers: tuple[Provider, ...] | None = None
    left_out: Mapping[str, str] | None = None
    at: datetime | None = None
    seconds_from_at: datetime | None = None
    recorded: tuple[RecordedRate, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """The rate of one currency."""

    rate: Decimal
    exchange: str
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RateTable:
    """The rates of one currency, all from the same snapshot of each exchange."""

    base: str
    updated_at: datetime
    rates: Mapping[str, Rate]
    unpriced: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One exchange as this process knows it, without asking; or `ecb`, the bank whose rates join state currencies."""

    name: str
    status: Literal["up", "down", "unknown"]
    detail: str | None = None
    breaker: Literal["closed", "open", "half_open"] | None = None
    listing_age_seconds: int | None = None
    books_age_seconds: int | None = None
    pairs: int
    currencies: int
    published: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Currency:
    """A currency that can be converted."""

    code: str
    name: str | None = None
    exchanges: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A pair that trades on an exchange, or of which the bank has a rate."""

    exchange: str
    symbol: str
    base: str
    quote: str
    base_name: str | None = None
    quote_name: str | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None
    observed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The rate of a pair at a moment, and its source."""

    id: int
    pair: str
    rate: Decimal
    source: Literal["alphavantage", "exchanges"]
    exchange: str | None = None
    observed_at: datetime
    recorded_at: datetime
    hour: datetime | None = None
    route: tuple[Leg, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedQuotes:
    """The quotes recorded, and why a tracked pair has none."""

    quotes: tuple[Quote, ...]
    skipped: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candle:
    """The first, highest, lowest and last rate of a period."""

    opened_at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A currency of a wallet. Amounts are plain decimals."""

    id: str
    code: str
    amount: Decimal
    available: Decimal
    held: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWallet:
    """A wallet without its currencies."""

    id: str
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallet:
    """A wallet with its currencies, by code."""

    id: str
    name: str
    created_at: datetime
    currencies: tuple[Holding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """A currency of a wallet after a change. `transaction_id` names the change; without one, nothing was moved."""

    id: str
    code: str
    amount: Decimal
    available: Decimal
    held: Decimal
    transaction_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A transfer, and what both currencies have now."""

    transaction_id: str
    amount: Decimal
    from_currency: Holding
    to_currency: Holding


@dataclass(frozen=True, slots=True, kw_only=True)
class WorthLine:
    """A currency and its worth. `rate` and `converted` are absent where it is unpriced, never 0 or 1 instead."""

    id: str
    code: str
    amount: Decimal
    status: Literal["priced", "stale", "unpriced"]
    rate: Decimal | None = None
    converted: Decimal | None = None
    exchange: str | None = None
    updated_at: datetime | None = None
    route: tuple[Leg, ...] | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletWorth:
    """The worth of a wallet."""

    wallet: str
    wallet_id: str
    to: str
    total: Decimal
    complete: bool
    currencies: tuple[WorthLine, ...]
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalWorth:
    """The worth of all wallets, each and together, at the same prices."""

    to: str
    total: Decimal
    complete: bool
    wallets: tuple[WalletWorth, ...]
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a transaction did to one currency of a wallet."""

    transaction_id: str
    kind: Literal["deposit", "withdrawal", "transfer", "hold", "release", "settle", "refund", "trade", "correction"]
    wallet: str
    currency_id: str
    code: str
    amount: Decimal
    held_change: Decimal
    available: Decimal
    held: Decimal
    version: int
    occurred_at: datetime
    recorded_at: datetime
    related_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order. Amounts are plain decimals; `cost`, `fee` and `refunded` are in `pay_with`."""

    id: str
    status: Literal["queued", "batched", "placing", "settled", "refunded"]
    buy: str
    pay_with: str
    amount: Decimal
    price: Decimal
    cost: Decimal
    fee: Decimal
    filled: Decimal
    refunded: Decimal
    exchange: str | None = None
    batch_id: str | None = None
    created_at: datetime
    updated_at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStep:
    """A status that an order had, since Unix second `at`."""

    status: Literal["queued", "batched", "placing", "settled", "refunded"]
    at: datetime
    batch_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderWithLife:
    """An order with each status that it had."""

    id: str
    status: Literal["queued", "batched", "placing", "settled", "refunded"]
    buy: str
    pay_with: str
    amount: Decimal
    price: Decimal
    cost: Decimal
    fee: Decimal
    filled: Decimal
    refunded: Decimal
    exchange: str | None = None
    batch_id: str | None = None
    created_at: datetime
    updated_at: datetime
    reason: str | None = None
    life: tuple[OrderStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLock:
    """A price that an order may accept once, before it expires."""

    id: str
    buy: str
    pay_with: str
    amount: Decimal
    price: Decimal
    cost: Decimal
    fee: Decimal
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The signed-in user."""

    id: str
    username: str
    role: Literal["user", "admin"]
    created_at: datetime
    default_to: str | None = None
