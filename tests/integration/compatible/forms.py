"""Answers of the services that ours stands in for, and whether an answer has the form of such a one."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "recorded"

# In the place of members whose names are data, such as tickers.
ANY = "*"


def recorded(name: str) -> Any:  # noqa: ANN401 -- any JSON
    """Return an answer; where its members are data, one of them stands for all, and is called `*`."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def has_form_of(answer: object, original: object) -> bool:
    """Tell whether both have the same members, in the same order, of the same types."""
    if isinstance(original, dict):
        return isinstance(answer, dict) and _members_agree(answer, original)
    if isinstance(original, list):
        return isinstance(answer, list) and all(has_form_of(each, original[0]) for each in answer)
    numbers = (int, float)
    return isinstance(answer, type(original)) or (isinstance(answer, numbers) and isinstance(original, numbers))


def _members_agree(answer: dict[str, object], original: dict[str, object]) -> bool:
    if ANY in original:
        return bool(answer) and all(has_form_of(each, original[ANY]) for each in answer.values())
    return list(answer) == list(original) and all(has_form_of(answer[name], original[name]) for name in original)
