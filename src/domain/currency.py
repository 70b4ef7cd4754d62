"""Tickers: the exchanges' own codes for currencies."""

import unicodedata
from typing import Self

from domain.errors import InvalidCurrency

MAX_LENGTH = 20
LOOK_ALIKES = "has look-alike characters; write the ticker as the exchange does"
_INVISIBLE = frozenset({"Cc", "Cf"})
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
            raise InvalidCurrency(_what_to_write(ticker))
        return super().__new__(cls, ticker)


def _what_to_write(ticker: str) -> str:
    seen = "".join(sign for sign in ticker if unicodedata.category(sign) not in _INVISIBLE).strip()
    if seen != ticker and seen.isalnum():
        return f"has a space or an invisible character; write {seen}"
    return "must be a ticker of letters and digits, such as BTC"


def _checked_non_ascii(text: str) -> str:
    if any(sign.isascii() and sign.isalpha() for sign in text) and any(map(_is_like_latin, text)):
        raise InvalidCurrency(LOOK_ALIKES)
    upper = "".join(sign.upper() if sign.isascii() else sign for sign in text)
    if len(text) > MAX_LENGTH or unicodedata.normalize("NFKC", text) != text or upper != text.upper():
        raise InvalidCurrency(LOOK_ALIKES)
    return upper


def _is_like_latin(sign: str) -> bool:
    """Tell whether the letter is of a script that shares the look of many letters with ours."""
    return unicodedata.name(sign, "").startswith(("CYRILLIC", "GREEK"))
