"""What the prices of two exchanges say about their tickers, as lines for the table of tickers. Nothing applies them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from domain.currency import Currency
from domain.iso_4217 import is_iso_4217
from domain.pair import Pair
from domain.rates.divergence import Divergence, differ, divergences, mismatched_currencies
from domain.rates.instruments import pairs_of
from domain.rates.market_snapshot import MarketSnapshot
from domain.rates.tickers import meanings

# No coin is listed by more than so many.
MOST_ZEROS = 12


class Knowledge(StrEnum):
    """What the table says of a pair: its tickers are told apart, they are not, or it equates what costs differently."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    CONTRADICTED = "contradicted"


@dataclass(frozen=True, slots=True)
class TickerProposal:
    """A pair that two exchanges price differently: by their own tickers, unless the table is contradicted.

    The mids are in units of quote per unit of base. `units` is the power of ten that their ratio comes to, None if it
    comes to none. `line` is what the table could say, "" where all is known or only the prices can be wrong: a state's
    currency is the same everywhere, and so is a coin of which another pair agrees.
    """

    exchange: str
    other: str
    pair: Pair
    mid: Decimal
    other_mid: Decimal
    units: int | None
    knowledge: Knowledge
    line: str

    @property
    def ratio(self) -> float:
        """By what the higher mid exceeds the lower."""
        low, high = sorted((float(self.mid), float(self.other_mid)))
        return high / low


def ticker_proposals(
    one: MarketSnapshot, other: MarketSnapshot, threshold_percent: Decimal
) -> Iterator[TickerProposal]:
    """Compare two markets by their own tickers, and then by their names here. Of two, the first counts as right."""
    found = list(divergences(_untranslated(one), _untranslated(other), threshold_percent))
    mismatched = mismatched_currencies(_untranslated(one), _untranslated(other), found)
    for each in found:
        is_known = any(_renames(market, each.pair) for market in (one, other))
        line = "" if is_known else _line(one, other, each, _culprit(each.pair, mismatched), threshold_percent)
        knowledge = Knowledge.KNOWN if is_known else Knowledge.UNKNOWN
        yield _proposal(one, other, each, knowledge, line, threshold_percent)
    seen = {each.pair for each in found}
    for each in divergences(one, other, threshold_percent):
        if each.pair not in seen:
            yield _proposal(one, other, each, Knowledge.CONTRADICTED, "", threshold_percent)


def _proposal(
    one: MarketSnapshot,
    other: MarketSnapshot,
    found: Divergence,
    knowledge: Knowledge,
    line: str,
    threshold_percent: Decimal,
) -> TickerProposal:
    names, mids = (one.instruments.exchange, other.instruments.exchange), (found.mid, found.other_mid)
    return TickerProposal(*names, found.pair, *mids, _units(found, threshold_percent), knowledge, line)


def _untranslated(market: MarketSnapshot) -> MarketSnapshot:
    instruments = market.instruments
    pairs = pairs_of(instruments.pairs.rows, (), ())
    return replace(market, instruments=replace(instruments, pairs=pairs, aliases={}, scaled={}))


def _renames(market: MarketSnapshot, pair: Pair) -> bool:
    names = meanings(market.instruments.exchange, market.instruments.observed_at).names
    return pair.base in names or pair.quote in names


def _culprit(pair: Pair, mismatched: frozenset[Currency]) -> Currency | None:
    """Return the one of the two that is probably another coin; None if that cannot be told."""
    found = [each for each in (pair.base, pair.quote) if each in mismatched and not is_iso_4217(each)]
    return found[0] if found else None


def _units(found: Divergence, threshold_percent: Decimal) -> int | None:
    low, high = sorted((found.mid, found.other_mid))
    for zeros in range(1, MOST_ZEROS + 1):
        if not differ(low.scaleb(zeros), high, threshold_percent):
            units: int = 10**zeros
            return units
    return None


def _line(
    one: MarketSnapshot,
    other: MarketSnapshot,
    found: Divergence,
    culprit: Currency | None,
    threshold_percent: Decimal,
) -> str:
    """Return a line for `TICKERS`, as `ticker_table.py` writes them: a name for many units, or for another coin."""
    units = _units(found, threshold_percent)
    if culprit is None:
        return ""
    if units is None:
        exchange = other.instruments.exchange
        return f"{exchange} {culprit} {culprit}.{exchange.upper()} - -"
    is_dearer = found.mid > found.other_mid if culprit == found.pair.base else found.mid < found.other_mid
    dearer = one if is_dearer else other
    return f"{dearer.instruments.exchange} {culprit} {units}{culprit} - -"
