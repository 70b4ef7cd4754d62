"""Steps from one currency to another by records, which may have a coin in another unit, and old ones another name."""

from collections.abc import Iterator
from itertools import product

from domain.currency import Currency
from domain.pair import Pair
from domain.quotes.hourly_table import HourlyTable
from domain.quotes.past_conversion import PastRate, across
from domain.quotes.quote import Quote, RecordedQuote
from domain.rates.recorded_names import recorded_as, spellings, units
from domain.rates.tickers import coin_of

Ends = tuple[Currency, Currency]
Steps = tuple[PastRate, ...]


def spelled(ends: Ends) -> list[Pair]:
    """Return the pairs under which records may have two coins, either way round."""
    both = [(one, other) for one in spellings(ends[0]) for other in spellings(ends[1]) if one != other]
    return [pair for one, other in both for pair in (Pair(one, other), Pair(other, one))]


def named(quote: Quote) -> Ends:
    """Return base and quote by their names here: a quote from before the table of tickers has the exchange's."""
    pair, trades = quote.pair, [leg for leg in quote.legs if leg.published is None]
    if not trades:
        return pair.base, pair.quote
    exchange, symbols = trades[0].exchange, [leg.symbol for leg in trades]
    return (
        recorded_as(exchange, symbols, pair.base, quote.observed_at),
        recorded_as(exchange, symbols, pair.quote, quote.observed_at),
    )


def steps_of_quote(recorded: RecordedQuote, ends: Ends) -> Iterator[Steps]:
    """Yield what a quote says of these two, if it is of them."""
    (base, quote), pair = named(recorded.quote), recorded.quote.pair
    for names, start in ((base, quote), pair.base), ((quote, base), pair.quote):
        if (coin_of(names[0]), coin_of(names[1])) == (coin_of(ends[0]), coin_of(ends[1])):
            yield _in_units((PastRate.of_quote(recorded, start),), names, ends)


def steps_across(table: HourlyTable, ends: Ends) -> Iterator[Steps]:
    """Yield what a table says of these two, if it has both."""
    for names in product(units(ends[0]), units(ends[1])):
        steps = across(table, names)
        if steps is not None:
            yield _in_units(steps, names, ends)


def _in_units(steps: Steps, recorded: Ends, wanted: Ends) -> Steps:
    before = (steps[0].in_unit(wanted[0], recorded[0]),) if recorded[0] != wanted[0] else ()
    after = (steps[-1].in_unit(recorded[1], wanted[1]),) if recorded[1] != wanted[1] else ()
    return (*before, *steps, *after)
