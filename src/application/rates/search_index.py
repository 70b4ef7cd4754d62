"""Thousands of rows that anybody may search: what a search costs grows with what it shows, not with what there is."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, islice

from application.rates.search import CODE_BEGINS, Search

_BETWEEN = "\0"

# So many are put in order at once. Of more, each rank is looked for by itself, so that none is looked at in vain.
FEW = 200


class SearchIndex:
    """The haystacks of rows, joined: a text is found in all of them at once, many times faster than in each."""

    def __init__(self, haystacks: Sequence[str]) -> None:
        self._haystacks = haystacks
        self._joined = _BETWEEN.join(haystacks)
        self._starts = list(accumulate((len(each) + len(_BETWEEN) for each in haystacks), initial=0))

    def find(self, search: str, first: tuple[int, int] = (CODE_BEGINS, 0)) -> Iterator[int]:
        """Yield the numbers of rows that match, from a rank and a row of it on: the best first, otherwise in order."""
        wanted = Search.of(search)
        few = list(islice(self._containing(wanted.text, 0), FEW))
        if len(few) < FEW:
            ranked = sorted((rank, row) for row in few if (rank := wanted.rank(self._haystacks[row])) is not None)
            yield from (row for rank, row in ranked if (rank, row) >= first)
            return
        first_rank, first_row = first
        for rank, text in enumerate((wanted.at_code, wanted.at_word, wanted.text)):
            if rank >= first_rank:
                for row in self._containing(text, first_row if rank == first_rank else 0):
                    if wanted.rank(self._haystacks[row]) == rank:
                        yield row

    def rank(self, search: str, row: int) -> int | None:
        """Return how well a row matches, None if it does not."""
        return Search.of(search).rank(self._haystacks[row])

    def _containing(self, text: str, row: int) -> Iterator[int]:
        while row < len(self._haystacks) and (at := self._joined.find(text, self._starts[row])) >= 0:
            row = bisect_right(self._starts, at) - 1
            yield row
            row += 1
