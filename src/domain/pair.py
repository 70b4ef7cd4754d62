"""What is traded against what."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from domain.currency import Currency
from domain.errors import InvalidPair


class Side(StrEnum):
    """What is done with a pair's base."""

    BUY = "buy"
    SELL = "sell"


@dataclass(frozen=True, slots=True)
class Pair:
    """Base against quote: its price is units of `quote` for one unit of `base`.

    Raises `InvalidPair` when the two are the same.
    """

    base: Currency
    quote: Currency

    def __post_init__(self) -> None:
        if self.base == self.quote:
            raise InvalidPair(f"{self.base} cannot be traded against itself")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read BASE/QUOTE, in any case. Raises `InvalidPair` or `InvalidCurrency`."""
        base, slash, quote = text.partition("/")
        if not slash or "/" in quote:
            raise InvalidPair("must be two tickers with a slash between, such as BTC/USD")
        return cls(Currency(base), Currency(quote))

    def __str__(self) -> str:
        return f"{self.base}/{self.quote}"
