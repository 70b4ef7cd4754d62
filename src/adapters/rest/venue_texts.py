"""Texts of a venue's, as they may be shown to an operator."""

import re
from textwrap import shorten

LONGEST = 200

# What may be a key, a signature or a token.
_SECRET = re.compile(r"[A-Za-z0-9+/=_%-]{24,}")


def shown(text: str) -> str:
    """Return the text in one short line, without anything in it that may be secret."""
    printable = "".join(sign if sign.isprintable() else " " for sign in text[: LONGEST * 4])
    return shorten(_SECRET.sub("...", printable), LONGEST, placeholder=" ...")
