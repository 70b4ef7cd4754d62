"""Tickers in the queries of other services' clients. What can be no ticker is one that nobody knows."""

from domain.currency import Currency
from domain.errors import InvalidInput
from entrypoints.http.rates.fields import known_currency
from entrypoints.http.rates.table_schemas import MOST_SYMBOLS
from entrypoints.http.server.common_problems import FieldError, invalid_input

SEPARATOR = ","


def names_in(text: str, field: str, most: int = MOST_SYMBOLS) -> list[str]:
    """Return the names that stand between commas, each once. Raises `Problem` if there are more than `most`."""
    names = dict.fromkeys(filter(None, (name.strip() for name in text.split(SEPARATOR, most + 1))))
    if len(names) > most:
        raise invalid_input([FieldError(field, f"must be at most {most}")])
    return list(names)


def currency_named(text: str) -> Currency | None:
    """Return the currency; None where the text can be none."""
    try:
        return known_currency(text.strip())
    except InvalidInput:
        return None


def currencies_in(text: str, field: str) -> tuple[Currency, ...]:
    """Return the currencies that are named, each once. Raises `Problem` if there are too many."""
    found = map(currency_named, names_in(text, field))
    return tuple(dict.fromkeys(each for each in found if each is not None))
