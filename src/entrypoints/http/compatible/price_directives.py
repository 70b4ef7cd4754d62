"""Rates as the price directives of Ledger, hledger and Beancount."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum

from domain.currency import Currency
from domain.decimals import plain
from domain.rates.conversion import Conversion
from entrypoints.http.compatible.priced_pairs import PricedPair

# Beancount's lexer, 2 and 3: letters at the ends, or digits at the last.
_BEANCOUNT = re.compile(r"[A-Z][A-Z0-9'._-]{0,22}[A-Z0-9]", re.ASCII)
# What both ledgers read without quotes.
_LETTERS = re.compile(r"[A-Z]+", re.ASCII)


class LedgerFormat(StrEnum):
    """Whose directives."""

    LEDGER = "ledger"
    HLEDGER = "hledger"
    BEANCOUNT = "beancount"


def directive(priced: PricedPair, written: LedgerFormat) -> str:
    """Return the line of a pair: a comment that says why, where there is no rate or no way to write it."""
    found = priced.outcome
    if not isinstance(found, Conversion):
        return _comment(priced, priced.reason or "no rate")
    return _LINES[written](priced, found)


def _ledger(priced: PricedPair, found: Conversion) -> str:
    moment = f"{_moment(found):%Y-%m-%d %H:%M:%S}"
    return f"P {moment} {_quoted(priced.pair.base)} {plain(found.rate)} {_quoted(priced.pair.quote)}"


def _hledger(priced: PricedPair, found: Conversion) -> str:
    day = f"{_moment(found):%Y-%m-%d}"
    return f"P {day} {_quoted(priced.pair.base)} {plain(found.rate)} {_quoted(priced.pair.quote)}"


def _beancount(priced: PricedPair, found: Conversion) -> str:
    for code in (priced.pair.base, priced.pair.quote):
        if not _BEANCOUNT.fullmatch(code):
            return _comment(priced, f"{code} cannot be a commodity of Beancount")
    return f"{_moment(found):%Y-%m-%d} price {priced.pair.base} {plain(found.rate)} {priced.pair.quote}"


_LINES: dict[LedgerFormat, Callable[[PricedPair, Conversion], str]] = {
    LedgerFormat.LEDGER: _ledger,
    LedgerFormat.HLEDGER: _hledger,
    LedgerFormat.BEANCOUNT: _beancount,
}


def _quoted(code: Currency) -> str:
    """Return the commodity, in quotes where its signs would end it."""
    return code if _LETTERS.fullmatch(code) else f'"{code}"'


def _comment(priced: PricedPair, reason: str) -> str:
    return f"; {priced.pair}: {' '.join(reason.split())}"


def _moment(found: Conversion) -> datetime:
    return datetime.fromtimestamp(found.updated_at, UTC)
