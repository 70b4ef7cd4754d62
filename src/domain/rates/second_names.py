"""Names by which what an exchange lists can be asked for as well."""

from collections import Counter
from collections.abc import Collection, Container, Iterable, Mapping

from domain.currency import Currency
from domain.errors import InvalidInput
from domain.rates.tickers import SCALED_TICKERS, Meanings

Row = tuple[str, str, str]


def second_names(listed: Container[Currency], meant: Meanings) -> dict[Currency, Currency]:
    """Return those that mean the same everywhere, such as XBT for BTC."""
    return {alias: name for alias, name in meant.synonyms.items() if name in listed and alias not in listed}


def given_names(
    aliases: Collection[tuple[str, str]], rows: Iterable[Row], names: Mapping[str, Currency], meant: Meanings
) -> dict[Currency, Currency]:
    """Return those that the exchange gives, if they mean one ticker each and are no ticker themselves, in any case."""
    spelled = {ticker for _, base, quote in rows for ticker in (base, quote)}
    taken = {str(names.get(ticker, ticker)).upper() for ticker in spelled}.union(meant.contested)
    counts = Counter(alias.upper() for alias, _ in aliases)
    kept = {}
    for alias, ticker in aliases:
        name = names.get(ticker)
        if name is not None and alias.upper() not in taken and counts[alias.upper()] == 1:
            try:
                kept[Currency(alias)] = name
            except InvalidInput:
                continue
    return kept


def scaled_names(listed: Container[Currency]) -> dict[Currency, Currency]:
    """Map a coin that is listed by the thousand only to that ticker, and the other way round."""
    found = {}
    for ticker, coin, _ in SCALED_TICKERS:
        if (ticker in listed) != (coin in listed):
            shown, other = (ticker, coin) if ticker in listed else (coin, ticker)
            found[other] = shown
    return found
