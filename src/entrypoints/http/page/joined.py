"""Our modules as browsers load them: one file, made of the modules as they are written.

Each is a module by itself, for editors and readers. Together, they are one request instead of twenty, and compress to
three quarters. Their top-level names must differ, and an import must be one line of plain names.
"""

import re
from collections import defaultdict
from pathlib import Path

_IMPORT = re.compile(r'import \{ ([\w, ]+) \} from "(\.[^"]+)";')
_COMMENT = re.compile(r"^//.*|(?<=;) // .*")
_SPACE = re.compile(r"(?<=[>{;])\n|\n(?=[<}])|(?<=\{) | (?=\})|(?<==>) | (?==>)")
_STYLE_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_STYLE_SPACE = re.compile(r"\s*([{};,])\s*|(?<=:) ")


def joined(entry: Path, foreign: Path) -> str:
    """Return a module with all that it imports, each before those that need it.

    What stands below `foreign` stays a file of its own, which the result imports.
    """
    bodies: list[str] = []
    seen: set[Path] = set()
    names: defaultdict[Path, set[str]] = defaultdict(set)

    def add(path: Path) -> None:
        seen.add(path)
        lines = path.read_text("utf-8").splitlines()
        for found, imported in (_imported(path, line) for line in lines if line.startswith("import ")):
            if found.is_relative_to(foreign):
                names[found].update(imported)
            elif found not in seen:
                add(found)
        bodies.append(
            slim_script("\n".join(line.removeprefix("export ") for line in lines if not line.startswith("import ")))
        )

    add(entry)
    imports = (
        f'import {{ {", ".join(sorted(each))} }} from "./{path.relative_to(entry.parent).as_posix()}";'
        for path, each in names.items()
    )
    return "\n".join([*imports, *bodies])


def _imported(path: Path, line: str) -> tuple[Path, list[str]]:
    found = _IMPORT.fullmatch(line)
    assert found is not None, f"{path.name}: {line}"  # noqa: S101 -- these files are ours
    return (path.parent / found[2]).resolve(), found[1].split(", ")


def slim_script(text: str) -> str:
    """Leave out what is for those who read the source: comments, indentation, and where a line ends.

    No text or template of ours holds what looks like a comment or an indentation. Between tags, htm drops the ends of
    lines as well.
    """
    lines = (_COMMENT.sub("", line.strip()) for line in text.splitlines())
    return _SPACE.sub("", "\n".join(line for line in lines if line))


def slim_style(text: str) -> str:
    """Leave out comments and what separates words for readers alone."""
    return _STYLE_SPACE.sub(r"\1", _STYLE_COMMENT.sub("", text)).strip()
