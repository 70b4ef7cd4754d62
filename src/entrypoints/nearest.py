"""Suggests the word that was probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches

# The least similarity, from 0 to 1, as difflib measures it: PROT is near PORT.
LIKENESS = 0.7

# Longer words are cut: comparing them takes time, and they are not typing mistakes.
LONGEST_WORD = 64


def did_you_mean(word: str, possible: Iterable[str]) -> str:
    """Return `; did you mean X?` with the nearest of the possible words, or an empty text where none is near."""
    by_key = {each.lower(): each for each in possible}
    near = get_close_matches(word[:LONGEST_WORD].lower(), by_key, n=1, cutoff=LIKENESS)
    return f"; did you mean {by_key[near[0]]}?" if near else ""
