"""Finds lines of `.env` that Docker Compose, which reads the same file, would read differently or not at all."""

import re
from collections.abc import Iterator
from pathlib import Path

from dotenv.parser import Binding, parse_stream

_OURS = re.compile(r"^[^#\n]*?(CROSSRATE_\w+)", re.IGNORECASE | re.MULTILINE)
_LINE = re.compile(r"\s*(?:export\s+)?\w+\s*=(.*)", re.DOTALL)
# How to name a variable so that both readers understand the same.
_VARIABLE = re.compile(r"(?<![\\$])\$\{[A-Za-z_]\w*(?::-[^}$]*)?\}")
_UNCLEAR_DOLLAR = re.compile(r"[$\\]\$|\$[A-Za-z_{]")
# One reader takes these for comments, the other for part of the value.
_UNCLEAR_COMMENT = re.compile(r"^[^\S\n]+#|^(?:(?! #).)*[^\S\n ]#")


def ambiguous_lines(file: Path) -> list[str]:
    """Return what is wrong with each such line that sets one of our variables. Raises `UnicodeDecodeError`."""
    if not file.is_file():
        return []
    with file.open(encoding="utf-8") as stream:
        return list(_ambiguous(parse_stream(stream)))


def _ambiguous(bindings: Iterator[Binding]) -> Iterator[str]:
    for binding in bindings:
        text = binding.original.string
        ours = _OURS.search(text if binding.error else binding.key or "")
        problem = ours and _problem(binding)
        if ours and problem:
            yield f"{ours.group(1)}: line {_line_of(binding, ours.group(1))} of .env is ambiguous: {problem}"


def _problem(binding: Binding) -> str | None:
    line = _LINE.fullmatch(binding.original.string)
    if binding.error or line is None:
        return "write NAME=value, close every quote, and let only a comment follow it"
    written, value = line.group(1), binding.value or ""
    if written.strip().startswith("'"):
        return "set a value with ${ and a quote in the environment instead" if "${" in value else None
    if _UNCLEAR_DOLLAR.search(_VARIABLE.sub("", value)):
        return "put a value with a $ in single quotes; name another variable as ${NAME}"
    if not written.strip().startswith('"') and _UNCLEAR_COMMENT.search(written.rstrip()):
        return "put the comment on a line of its own"
    return None


def lines_of(file: Path) -> dict[str, int]:
    """Return the number of the line that sets each name, in upper case; of several lines the last one counts."""
    if not file.is_file():
        return {}
    with file.open(encoding="utf-8") as stream:
        found = list(parse_stream(stream))
    return {each.key.upper(): _line_of(each, each.key) for each in found if each.key}


def _line_of(binding: Binding, name: str) -> int:
    text = binding.original.string  # which begins with the empty lines before it
    return binding.original.line + text[: text.index(name)].count("\n")
