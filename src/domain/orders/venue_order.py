"""What is sent to a venue, and what came of it."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from domain.currency import Currency
from domain.pair import Pair

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class VenueOrder:
    """A purchase of a pair's base at one venue: immediate or cancel, up to `limit_price`.

    It is stored before it is sent, and is sent exactly so. `quantity` is in units of the base, `limit_price` in units
    of the quote per unit of base; both obey the venue's `MarketRules`. `client_order_id` has 1 to 36 characters of
    [A-Za-z0-9_-] and is ours alone: the order is found by it. `symbol` is the venue's own name of the pair. The venue
    rejects the request when it arrives, by its own clock, more than `receive_window_ms` after `signed_at_ms` (Unix
    milliseconds).
    """

    client_order_id: str
    symbol: str
    pair: Pair
    quantity: Decimal
    limit_price: Decimal
    signed_at_ms: int
    receive_window_ms: int


@dataclass(frozen=True, slots=True)
class Fill:
    """One trade of an order. `trade_id` is unique for the venue and symbol; `fee` is in units of `fee_asset`."""

    trade_id: str
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: Currency


class VenueStatus(StrEnum):
    """Whether a venue may still fill an order."""

    OPEN = "open"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class VenueReport:
    """What a venue knows of one of our orders: `quantity` and `funds` were executed, in units of base and quote."""

    venue_order_id: str
    status: VenueStatus
    quantity: Decimal = _ZERO
    funds: Decimal = _ZERO


# No venue's numbers are larger than 10 to this power, or smaller than 10 to its negative.
MAX_EXPONENT = 40


@dataclass(frozen=True, slots=True)
class MarketRules:
    """What a venue's order in one pair must obey; each None means that the venue has no such rule.

    Prices are multiples of `tick_size`, quantities multiples of `lot_size` from `min_quantity` to `max_quantity` (units
    of the base). Price times quantity is at least `min_notional` (units of the quote). A purchase's price is at most
    `max_price_ratio` times the market's. `taker_fee` is a share of what is received: 0.001 is 0.1%. `market` is what is
    traded, as market data names it: the exchange and its symbol. Raises `ValueError` for limits that are negative or no
    numbers, and for a fee that is not below 1.
    """

    symbol: str
    pair: Pair
    tick_size: Decimal | None = None
    lot_size: Decimal | None = None
    min_quantity: Decimal | None = None
    max_quantity: Decimal | None = None
    min_notional: Decimal | None = None
    max_price_ratio: Decimal | None = None
    taker_fee: Decimal = _ZERO
    market: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        limits = (self.tick_size, self.lot_size, self.min_quantity, self.max_quantity, self.min_notional)
        given = [each for each in (*limits, self.max_price_ratio) if each is not None]
        is_sane = all(each.is_finite() and each >= 0 and abs(each.adjusted()) <= MAX_EXPONENT for each in given)
        if not is_sane or not self.taker_fee.is_finite() or not 0 <= self.taker_fee < 1:
            raise ValueError(f"the rules of {self.pair} make no sense")
