"""Suggests the word that was probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

# The least similarity, from 0 to 1, as difflib measures it: PROT is near PORT.
LIKENESS = 0.7

# Longer words are cut: comparing them takes time, and they are not typing mistakes.
LONGEST_WORD = 64


def did_you_mean(word: str, possible: Iterable[str]) -> str:
    """Return `; did you mean X?` with the nearest of the possible words, or an empty text where none is near."""
    return _did_you_mean(word[:LONGEST_WORD].lower(), tuple(possible))


@lru_cache(maxsize=256)  # clients repeat their mistakes, and comparing words takes as long as a third of a request
def _did_you_mean(word: str, possible: tuple[str, ...]) -> str:
    by_key = {each.lower(): each for each in possible}
    near = get_close_matches(word, by_key, n=1, cutoff=LIKENESS)
    return f"; did you mean {by_key[near[0]]}?" if near else ""
