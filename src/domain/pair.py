"""Currency pairs."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from domain.currency import Currency
from domain.errors import InvalidPair


class Side(StrEnum):
    """Whether a pair's base is bought or sold."""

    BUY = "buy"
    SELL = "sell"


@dataclass(frozen=True, slots=True)
class Pair:
    """A base and a quote currency; prices are in units of `quote` per unit of `base`.

    Raises `InvalidPair` if both are the same currency.
    """

    base: Currency
    quote: Currency

    def __post_init__(self) -> None:
        if self.base == self.quote:
            raise InvalidPair(f"{self.base} cannot be traded against itself")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse BASE/QUOTE, in any case. Raises `InvalidPair` or `InvalidCurrency`."""
        base, slash, quote = text.partition("/")
        if not slash or "/" in quote:
            raise InvalidPair("must be two tickers separated by a slash, such as BTC/USD")
        return cls(Currency(base), Currency(quote))

    def __str__(self) -> str:
        return f"{self.base}/{self.quote}"
