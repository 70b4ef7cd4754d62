"""The blocking half of the client, made from the asynchronous one."""

import re
from pathlib import Path

# `io.py` waits in its own way on either side; it is written by hand.
WRITTEN_BY_HAND = frozenset({"__init__.py", "io.py"})

HEAD = "# Made from _async/{name} by `make client`; change that file.\n"

_CHANGES = (
    (r"async (def|with|for) ", r"\1 "),
    (r"\bawait ", ""),
    (r"AsyncGenerator\[(.*), None\]", r"Generator[\1, None, None]"),
    (r"\basynccontextmanager\b", "contextmanager"),
    (r"__aenter__", "__enter__"),
    (r"__aexit__", "__exit__"),
    (r"\b_async\b", "_sync"),
    (r"\baiter_bytes\b", "iter_bytes"),
    (r"\baread\b", "read"),
    (r"\baclose\b", "close"),
    (r"\bfor asyncio\b", "for threads"),
    (r"\bAsync(?=[A-Z])", ""),
)


def synchronous(source: str) -> str:
    """Return a module of `_async` as it reads in `_sync`."""
    for pattern, replacement in _CHANGES:
        source = re.sub(pattern, replacement, source)
    return source


def modules(folder: Path) -> dict[str, str]:
    """Return the name and the text of each blocking module, made from those in `folder`."""
    return {
        path.name: HEAD.format(name=path.name) + synchronous(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.py"))
        if path.name not in WRITTEN_BY_HAND
    }
