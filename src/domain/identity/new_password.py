"""What a new password must not be. Passwords that are in use already are not judged."""

import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from domain.identity.common_passwords import COMMON_PASSWORDS, ROWS
from domain.identity.errors import UnsuitablePassword
from domain.identity.user import MAX_PASSWORD_LENGTH, Password, Username

_LETTERS_FOR_SIGNS = str.maketrans("013457@$!", "oieastasi")

# So many digits or signs, such as a year, make a common word no better.
_MAX_DECORATION = 6
_MAX_DATE = 8
_MAX_REMAINDER = 3
_MAX_REPEATED = 4
_SHORTEST_PATTERN = 4
_BETTER = "; several words that do not belong together are easy to remember and hard to guess"


def reject_unsuitable(password: Password, username: Username) -> None:
    """Raise `UnsuitablePassword` for the most common passwords, the user's name, and trivial changes of these.

    They are the first that anybody tries, and no limit on guesses is low enough for them.
    """
    forms = set(_forms(password.text))
    if any(_is_common(form) for form in forms):
        raise UnsuitablePassword(f"is one of the most common passwords, or nearly{_BETTER}")
    names = {_letters_and_digits(name) for name in (username.key, username.key.partition("@")[0])}
    if any(_is_name(form, name) for form in forms for name in names):
        raise UnsuitablePassword(f"is the username, or nearly{_BETTER}")


def reject_unchanged(new: Password, old: Password) -> None:
    """Raise `UnsuitablePassword` if both are the same."""
    if new == old:
        raise UnsuitablePassword("must differ from the current one")


def _forms(text: str) -> Iterator[str]:
    """Yield what is judged: the text in lower case, its letters and digits, and what is left without decoration."""
    folded = unicodedata.normalize("NFKC", text).casefold()[:MAX_PASSWORD_LENGTH]  # one character can become 18
    yield folded
    for core in _cores(folded):
        yield _letters_and_digits(core)
        yield _letters_and_digits(core.translate(_LETTERS_FOR_SIGNS))


def _cores(folded: str) -> Iterator[str]:
    """Yield the text without a few, or predictable, digits and signs at either end."""
    for end in _cuts(folded):
        for begin in _cuts(folded[::-1]):
            yield folded[begin : len(folded) - end]


def _cuts(folded: str) -> Iterator[int]:
    """Yield how many characters at the end may be decoration."""
    count = next((place for place, sign in enumerate(reversed(folded)) if sign.isalpha()), len(folded))
    yield from range(min(count, _MAX_DECORATION) + 1)
    if count > _MAX_DECORATION and _is_predictable(folded[-count:]):
        yield count


def _letters_and_digits(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _is_common(form: str) -> bool:
    half = form[: len(form) // 2]
    words = {form, form[::-1]} | ({half} if form == half * 2 else set())
    return bool(words & COMMON_PASSWORDS) or _is_predictable(form)


def _is_name(form: str, name: str) -> bool:
    for each in filter(None, (name, name[::-1])):
        if each in form:
            left = form.replace(each, "")
            if len(left) <= _MAX_REMAINDER or (left.isdecimal() and len(left) <= _MAX_DATE) or _is_common(left):
                return True
    return False


def _is_predictable(form: str) -> bool:
    """Tell whether a text repeats a few characters, or follows the alphabet, the digits or a row of keys."""
    if len(form) < _SHORTEST_PATTERN:
        return False
    repeated = range(1, min(_MAX_REPEATED, len(form) // 2) + 1)
    if any(form == (form[:length] * len(form))[: len(form)] for length in repeated):
        return True
    steps = {ord(second) - ord(first) for first, second in pairwise(form)}
    return steps in ({1}, {-1}) or any(form in row or form[::-1] in row for row in ROWS)
