"""What a ticker means on an exchange: one coin has one name here, and one name means one coin."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from domain.currency import Currency
from domain.iso_4217 import MINOR_UNITS, TRADED
from domain.pair import Pair
from domain.rates.ticker_table import SCALED, TICKERS

# Days for which the meanings are kept: recordings are read as of their own day.
DAYS_KEPT = 64

EVERYWHERE = "*"

# In place of an exchange's name, where tickers mean what they mean everywhere.
NO_EXCHANGE = ""


def token_of(code: str) -> str:
    """Return the name of a coin whose ticker is the code of a state's money."""
    return f"{code}.TOKEN"


# Under the code of a state whose money no exchange trades, each of them means a coin.
TOKENS = {code: token_of(code) for code in sorted(MINOR_UNITS.keys() - TRADED)}

# The year 2100: a cached time that is out of any range is no reason to fail.
_LATEST = 4_102_444_800.0

_NO_DAY = "-"
_ONE = Decimal(1)


class OwnTicker(NamedTuple):
    """What an exchange calls `ticker` is `name` here, from `since` until before `until`, None for no bound."""

    exchange: str
    ticker: str
    name: str
    since: date | None
    until: date | None

    def holds_on(self, day: date) -> bool:
        """Tell whether it holds on this day."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


class Scaled(NamedTuple):
    """A ticker that stands for so many units of a coin."""

    ticker: Currency
    coin: Currency
    units: Decimal


class Meanings(NamedTuple):
    """What an exchange's tickers mean on one day.

    `names` maps those that have another name here to it. `synonyms` maps tickers that mean the same everywhere to their
    names. `contested` are those by which the exchange means another coin than the rest of the world does.
    """

    names: Mapping[str, str]
    synonyms: Mapping[Currency, Currency]
    contested: frozenset[str]


def _day(text: str) -> date | None:
    return None if text == _NO_DAY else date.fromisoformat(text)


def _own_ticker(line: str) -> OwnTicker:
    exchange, ticker, name, since, until = line.split()
    return OwnTicker(exchange, ticker, name, _day(since), _day(until))


def _scaled(line: str) -> Scaled:
    ticker, coin, units = line.split()
    return Scaled(Currency(ticker), Currency(coin), Decimal(units))


OWN_TICKERS = tuple(map(_own_ticker, TICKERS.strip().splitlines()))
SCALED_TICKERS = tuple(map(_scaled, SCALED.strip().splitlines()))

_COIN_OF = {each.ticker: each for each in SCALED_TICKERS}


def meanings(exchange: str, at: float) -> Meanings:
    """Return what the exchange's tickers mean at this moment, in Unix seconds: the same object on the same day."""
    return _meanings(exchange, datetime.fromtimestamp(min(max(at, 0.0), _LATEST), UTC).date())


@lru_cache(DAYS_KEPT)
def _meanings(exchange: str, day: date) -> Meanings:
    rows = [row for row in OWN_TICKERS if row.holds_on(day)]
    everywhere = {row.ticker: row.name for row in rows if row.exchange == EVERYWHERE}
    own = {row.ticker: row.name for row in rows if row.exchange == exchange}
    synonyms = {Currency(ticker): Currency(name) for ticker, name in everywhere.items() if ticker not in own}
    return _shared(Meanings(TOKENS | everywhere | own, synonyms, frozenset(TOKENS | own)))


def _shared(found: Meanings) -> Meanings:
    """Return the same object for the same meanings, so that a new day alone changes nothing."""
    return _SHARED.setdefault((*found.names.items(), *found.contested), found)


_SHARED: dict[tuple[object, ...], Meanings] = {}


def name_at(exchange: str, currency: Currency) -> Currency:
    """Return what this exchange, in any case, means by a ticker of its own: KuCoin's BIFI is BIFI.KUCOIN.

    "" stands for no exchange, and then a ticker means what it means everywhere.
    """
    return _OWN_NAMES.get(exchange.lower(), _TOKENS).get(currency, currency) if exchange else currency


def _own_names(exchange: str) -> dict[Currency, Currency]:
    rows = [row for row in OWN_TICKERS if row.exchange == exchange and row.until is None]
    names = {row.name for row in rows}
    return _TOKENS | {Currency(row.ticker): Currency(row.name) for row in rows if row.ticker not in names}


_TOKENS = {Currency(code): Currency(name) for code, name in TOKENS.items()}
_OWN_NAMES = {row.exchange: _own_names(row.exchange) for row in OWN_TICKERS if row.exchange != EVERYWHERE}


def tickers_of(exchange: str, currency: Currency, at: float) -> tuple[str, ...]:
    """Return what this exchange may call a currency, its name here first unless that means another coin there."""
    meant = meanings(exchange, at)
    name = meant.synonyms.get(currency, currency)
    own = () if name in meant.contested else (str(name),)
    return (*own, *(ticker for ticker, other in meant.names.items() if other == name))


def named_as_ordered(exchange: str, ticker: str, pair: Pair, at: float) -> Currency:
    """Return the name of an exchange's ticker: the pair's own where it is one of its two. Raises `InvalidInput`."""
    meant = meanings(exchange, at)
    name = Currency(meant.names.get(ticker.upper(), ticker))
    return next((each for each in (pair.base, pair.quote) if meant.synonyms.get(each, each) == name), name)


def units_of(currency: Currency) -> Decimal:
    """Return how many of its coin a ticker stands for: 1000 for 1000SATS, 1 for any other."""
    scaled = _COIN_OF.get(currency)
    return _ONE if scaled is None else scaled.units


def coin_of(currency: Currency) -> Currency:
    """Return the coin of which a ticker stands for many: SATS for 1000SATS, itself for any other."""
    scaled = _COIN_OF.get(currency)
    return currency if scaled is None else scaled.coin


def coins_of(pair: Pair) -> Pair:
    """Return the pair of coins behind a pair of tickers."""
    if pair.base not in _COIN_OF and pair.quote not in _COIN_OF:
        return pair
    base, quote = coin_of(pair.base), coin_of(pair.quote)
    return pair if base == quote else Pair(base, quote)
