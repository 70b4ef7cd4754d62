"""Search among codes and names, in any case: what begins with the text comes first."""

from functools import lru_cache
from typing import NamedTuple

# The ranks of matches, the best first. A name begins with a text if one of its words does.
CODE_BEGINS, NAME_BEGINS, CONTAINED = range(3)

# Making those of thousands of pairs again would take milliseconds.
MOST_HAYSTACKS = 16_384


class Search(NamedTuple):
    """A text to look for. Codes contain no white space, so that it can tell where each begins."""

    text: str
    at_code: str
    at_word: str

    @classmethod
    def of(cls, text: str) -> "Search":
        """Look for the text, whatever its case and white space."""
        wanted = " ".join(text.casefold().split())
        return cls(wanted, f"\n{wanted}", f" {wanted}")

    def rank(self, haystack: str) -> int | None:
        """Return how well the text matches, None if it is not there."""
        if self.text not in haystack:
            return None
        if self.at_code in haystack:
            return CODE_BEGINS
        return NAME_BEGINS if self.at_word in haystack else CONTAINED


@lru_cache(MOST_HAYSTACKS)
def haystack_of(codes: tuple[str, ...], names: tuple[str | None, ...]) -> str:
    """Return codes and names in one text."""
    spaced = (f" {name}" for name in names if name is not None)
    return "".join((*(f"\n{code}" for code in codes), *spaced)).casefold()
