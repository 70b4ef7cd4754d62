"""Names in records. Some records are older than the table of tickers, and have an exchange's tickers for names."""

from collections.abc import Collection

from domain.currency import Currency
from domain.rates.tickers import OWN_TICKERS, SCALED_TICKERS, TOKENS, coin_of, meanings, name_at

_TICKER_OF_COIN = {each.coin: each.ticker for each in SCALED_TICKERS}


def meant_at(exchange: str | None, currency: Currency, at: int) -> Currency:
    """Return what a name that is asked for meant at this moment, on this exchange or, with None, everywhere."""
    name = name_at(exchange or "", currency)
    return meanings((exchange or "").lower(), at).synonyms.get(name, name)


def spellings(currency: Currency) -> list[Currency]:
    """Return the names under which records may have a coin: its own, that of another unit, and tickers of exchanges."""
    names = units(currency)
    tickers = [Currency(row.ticker) for row in OWN_TICKERS if row.name in names]
    tokens = [Currency(code) for code, name in TOKENS.items() if name in names]
    return [*dict.fromkeys([*names, *tickers, *tokens])]


def units(currency: Currency) -> list[Currency]:
    """Return the name of a coin, and that of the other unit in which exchanges list it, if any."""
    coin = coin_of(currency)
    other = coin if coin != currency else _TICKER_OF_COIN.get(currency)
    return [currency] if other is None else [currency, other]


def recorded_as(exchange: str, symbols: Collection[str], currency: Currency, at: int) -> Currency:
    """Return the name here of a currency in a record of trades on an exchange, under its own symbols, at this moment.

    The name stands if it is no ticker of another coin there, or if a symbol has the ticker which that coin has there.
    """
    names = meanings(exchange, at).names
    name = names.get(currency)
    if name is None:
        return currency
    tickers = [ticker for ticker, other in names.items() if other == currency]
    has_ticker = any(ticker in symbol for ticker in tickers for symbol in symbols)
    return currency if has_ticker else Currency(name)
