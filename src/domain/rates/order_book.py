"""The order book of one market: how much is bid and offered at each price."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import NamedTuple, Self

from domain.decimals import NUMBER
from domain.pair import Side
from domain.rates.book import HIGHEST_PRICE, MAX_PRICE_CHARACTERS, TopOfBook
from domain.rates.errors import InvalidBook

LEVELS_PER_STEP = 200

LevelTexts = Sequence[tuple[str, str]]


class Level(NamedTuple):
    """A price, in units of quote per unit of base, and the quantity of base that is bid or offered there."""

    price: Decimal
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class OrderBook:
    """Bids and asks, the best first, each side with at least one level.

    `observed_at` is in Unix seconds: taken before the fetch was sent, or `lag_seconds` before that if the source says
    that its answer is so old. Raises `InvalidBook` if it is empty on a side, not sorted or crossed.
    """

    exchange: str
    symbol: str
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    observed_at: float
    lag_seconds: float = 0.0

    def __post_init__(self) -> None:
        if not self.bids or not self.asks:
            raise InvalidBook(f"the order book of {self.symbol} is empty on a side")
        bids, asks = [level.price for level in self.bids], [level.price for level in self.asks]
        if not (_is_falling(bids) and _is_falling(asks[::-1])):
            raise InvalidBook(f"the order book of {self.symbol} is not sorted")
        TopOfBook(bids[0], asks[0])

    @classmethod
    def in_steps(
        cls, exchange: str, symbol: str, sides: tuple[LevelTexts, LevelTexts], observed_at: float
    ) -> Generator[None, None, Self]:
        """Parse the bids and asks in steps, between which the caller can yield. Raises `InvalidBook`."""
        bids = yield from _levels(sides[0])
        asks = yield from _levels(sides[1])
        return cls(exchange, symbol, bids, asks, observed_at)

    @property
    def fetched_at(self) -> float:
        """The moment before the fetch was sent, in Unix seconds."""
        return self.observed_at + self.lag_seconds

    @property
    def mid(self) -> Decimal:
        """The middle of the best bid and ask, exactly."""
        return TopOfBook(self.bids[0].price, self.asks[0].price).mid

    def taken_by(self, side: Side) -> tuple[Level, ...]:
        """Return the levels that an order takes: selling takes the bids, buying the asks."""
        return self.bids if side is Side.SELL else self.asks


def _levels(texts: LevelTexts) -> Generator[None, None, tuple[Level, ...]]:
    levels: list[Level] = []
    for start in range(0, len(texts), LEVELS_PER_STEP):
        levels += [_level(*text) for text in texts[start : start + LEVELS_PER_STEP]]
        yield
    return tuple(levels)


def _level(price: str, quantity: str) -> Level:
    return Level(_positive(price), _positive(quantity))


def _positive(text: str) -> Decimal:
    if len(text) > MAX_PRICE_CHARACTERS or not NUMBER.fullmatch(text):
        raise InvalidBook("a level of an order book is not a price and a quantity")
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise InvalidBook("an exponent in an order book is out of range") from error
    if not 0 < number <= HIGHEST_PRICE:
        raise InvalidBook("a price or quantity in an order book is not above 0, or huge")
    return number


def _is_falling(prices: Sequence[Decimal]) -> bool:
    return all(one > other for one, other in pairwise(prices))
