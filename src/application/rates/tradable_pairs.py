"""Pairs that trade, and those that a request asks for."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from operator import attrgetter

from application.rates.search import CODE_BEGINS, haystack_of
from application.rates.search_index import SearchIndex
from domain.currency import Currency


@dataclass(frozen=True, slots=True, order=True)
class TradablePair:
    """A pair that trades on an exchange and has a usable book there, or of which a bank has a rate.

    In order of exchange, then symbol. `names` are those of base and quote, None for what has none.
    """

    exchange: str
    symbol: str
    base: Currency
    quote: Currency
    names: tuple[str | None, str | None] = field(default=(None, None), compare=False)


_KEY = attrgetter("exchange", "symbol")


class PairIndex:
    """Pairs in order of exchange and symbol. What a request costs grows with what it shows, not with what there is."""

    def __init__(self, pairs: tuple[TradablePair, ...]) -> None:
        self._pairs = pairs

    def after(
        self, last: tuple[str, str], base: Currency | None, quote: Currency | None, most: int
    ) -> Sequence[TradablePair]:
        """Return the pairs behind the exchange and symbol of `last`, with this base and quote."""
        pairs = self._of(base, quote)
        start = bisect_right(pairs, last, key=_KEY)
        return pairs[start : start + most]

    def found(
        self, search: str, last: tuple[str, str], base: Currency | None, quote: Currency | None, most: int
    ) -> Sequence[TradablePair]:
        """Return those that match, the best first, behind the pair of `last`."""
        pairs = self._of(base, quote)
        index = self._texts if pairs is self._pairs else _texts_of(pairs)
        start = bisect_right(pairs, last, key=_KEY)
        is_listed = start > 0 and _KEY(pairs[start - 1]) == last
        rank = index.rank(search, start - 1) if is_listed else None
        return [pairs[row] for row in islice(index.find(search, (rank or CODE_BEGINS, start)), most)]

    def _of(self, base: Currency | None, quote: Currency | None) -> Sequence[TradablePair]:
        of_base = self._pairs if base is None else self._by_base.get(base, ())
        of_quote = self._pairs if quote is None else self._by_quote.get(quote, ())
        if base is None or quote is None:
            return of_quote if base is None else of_base
        if len(of_base) < len(of_quote):
            return [each for each in of_base if each.quote == quote]
        return [each for each in of_quote if each.base == base]

    @cached_property
    def _by_base(self) -> dict[Currency, list[TradablePair]]:
        return _grouped(self._pairs, "base")

    @cached_property
    def _by_quote(self) -> dict[Currency, list[TradablePair]]:
        return _grouped(self._pairs, "quote")

    @cached_property
    def _texts(self) -> SearchIndex:
        return _texts_of(self._pairs)


def _grouped(pairs: Sequence[TradablePair], end: str) -> dict[Currency, list[TradablePair]]:
    grouped: dict[Currency, list[TradablePair]] = {}
    for each in pairs:
        grouped.setdefault(getattr(each, end), []).append(each)
    return grouped


def _texts_of(pairs: Sequence[TradablePair]) -> SearchIndex:
    return SearchIndex([haystack_of((each.symbol, each.base, each.quote), each.names) for each in pairs])
