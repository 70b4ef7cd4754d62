"""The document's structure is an interface: only texts for people may change unnoticed.

Where a change is meant, write the file again: `python -m tests.unit.entrypoints.http.openapi.test_document_structure`.
"""

from pathlib import Path
from typing import Any

import orjson

from tests.openapi_document import document

PINNED = Path(__file__).parent / "structure.json"

TEXTS = {"description", "summary", "detail", "meaning"}


def structure() -> bytes:
    info = {name: text for name, text in document()["info"].items() if name != "version"}
    return orjson.dumps(
        _without_texts({**document(), "info": info}), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    )


def _without_texts(node: Any) -> Any:  # noqa: ANN401 -- any JSON
    if isinstance(node, dict):
        return {
            name: "..." if name in TEXTS and isinstance(member, str) else _without_texts(member)
            for name, member in node.items()
        }
    return [_without_texts(each) for each in node] if isinstance(node, list) else node


def test_nothing_but_texts_has_changed() -> None:
    assert structure().decode() == PINNED.read_text(encoding="utf-8")


if __name__ == "__main__":
    PINNED.write_bytes(structure())
