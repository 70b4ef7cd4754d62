"""The pages of documentation and the commands that they show.

A fence `sh` holds commands that run in a sandbox, next to a service. Commands that cannot run there carry a mark:
`sh serve` runs until it is stopped, `sh docker` needs a Docker engine, `sh cluster` a Kubernetes cluster, `sh long`
takes minutes. A fence `json`, `csv` or `text` after commands shows their output.
"""

import re
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tests.project import ROOT

INTEGRATIONS = tuple(sorted((ROOT / "docs" / "integrations").glob("*.md")))
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")), *INTEGRATIONS)
OUTPUTS = frozenset({"json", "csv", "text"})

_FENCE = re.compile(r"^```(\w*)(?: (\w+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """One fence of a page; `mark` says why its commands do not run in the sandbox."""

    language: str
    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class Commands:
    """Commands that run in the sandbox, and the block that shows their output, if there is one."""

    text: str
    output: Block | None


def blocks(page: Path) -> list[Block]:
    """Return every fence of a page, in order."""
    return [Block(*found) for found in _FENCE.findall(page.read_text())]


def commands(page: Path) -> list[Commands]:
    """Return what runs in the sandbox, in order."""
    return [
        Commands(block.text, after if after is not None and after.language in OUTPUTS else None)
        for block, after in pairwise([*blocks(page), None])
        if block is not None and (block.language, block.mark) == ("sh", "")
    ]


def marked(page: Path, mark: str) -> list[str]:
    """Return the commands with this mark, one block each."""
    return [block.text for block in blocks(page) if (block.language, block.mark) == ("sh", mark)]


def lines_of(block: str) -> list[str]:
    """Return a block's commands, one a line, without comments."""
    return [command for line in block.splitlines() if (command := line.partition(" #")[0].strip())]


if __name__ == "__main__":  # MARK PAGE...: print a script of the commands with this mark
    for name in sys.argv[2:]:
        sys.stdout.write("".join(marked(Path(name), sys.argv[1])))
