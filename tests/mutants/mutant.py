"""A fault, and the test that must find it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple


class Edit(NamedTuple):
    """In a file of `src`, `old`, which is there once, becomes `new`."""

    file: str
    old: str
    new: str

    def applied_to(self, text: str) -> str:
        """Return the text with the fault. Raises `ValueError` unless the place is there, once."""
        found = text.count(self.old)
        if found != 1:
            raise ValueError(f"{self.file} has {self.old!r} {found} times")
        return text.replace(self.old, self.new)


@dataclass(frozen=True, slots=True)
class Mutant:
    """`edits` make the fault; `test` is a file and a test in it, which must then fail."""

    fault: str
    test: str
    edits: tuple[Edit, ...]

    @contextmanager
    def made_in(self, source: Path) -> Iterator[None]:
        """Make the fault in this copy of `src`, and mend it afterwards."""
        before = {edit.file: (source / edit.file).read_text() for edit in self.edits}
        try:
            for file, text in self.texts(before).items():
                (source / file).write_text(text)
            yield
        finally:
            for file, text in before.items():
                (source / file).write_text(text)

    def texts(self, before: dict[str, str]) -> dict[str, str]:
        """Return the files with the fault."""
        texts = dict(before)
        for edit in self.edits:
            texts[edit.file] = edit.applied_to(texts[edit.file])
        return texts
