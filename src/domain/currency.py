"""Tickers: the exchanges' own codes for currencies."""

import unicodedata
from typing import Self

from domain.errors import InvalidCurrency

MAX_LENGTH = 20
_PUNCTUATION = frozenset("$-._")


class Currency(str):
    """A ticker in its canonical spelling, such as BTC, 1INCH or 币安人生. Raises `InvalidCurrency`.

    Only ASCII letters are upper-cased. Full Unicode case mapping would turn `ſol` into SOL and `ıcp` into ICP, which
    are other coins, so text that this mapping or NFKC normalisation would change is rejected.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Validate and normalise `text`; a `Currency` is returned unchanged."""
        if isinstance(text, cls):
            return text
        ticker = text.upper() if text.isascii() else _checked_non_ascii(text)
        if not 1 <= len(ticker) <= MAX_LENGTH:
            raise InvalidCurrency(f"must have 1 to {MAX_LENGTH} characters")
        if not ticker.isalnum() and not all(sign.isalnum() or sign in _PUNCTUATION for sign in ticker):
            raise InvalidCurrency("must be a ticker of letters and digits, such as BTC")
        return super().__new__(cls, ticker)


def _checked_non_ascii(text: str) -> str:
    upper = "".join(sign.upper() if sign.isascii() else sign for sign in text)
    if len(text) > MAX_LENGTH or unicodedata.normalize("NFKC", text) != text or upper != text.upper():
        raise InvalidCurrency("has look-alike characters; write the ticker as the exchange does")
    return upper
