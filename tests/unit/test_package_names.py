"""No text tells a reader to fetch what is not ours: nobody holds this project's name in a public index."""

import re
import subprocess
from pathlib import Path

from tests.project import ROOT

# Installers that take a bare name from a public index or registry. A path (`./crossrate`, a wheel) is another matter.
_FETCHED = re.compile(
    r"(?:pipx? (?:install|run|download)|uv (?:add|pip install|tool install)|uvx|poetry add|docker (?:pull|run))"
    r"(?: [^\n|;&`]*)?[ '\"]crossrate(?![\w./-]*(?:\.whl|/))"
)


def fetched_names(text: str) -> list[str]:
    """Return the commands in `text` that would fetch a package or image called `crossrate`."""
    return _FETCHED.findall(text)


def test_no_file_installs_our_name_from_an_index() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    files = [ROOT / name for name in listed if name != str(Path(__file__).relative_to(ROOT))]
    found = {}
    for file in files:
        if file.is_file() and (commands := fetched_names(file.read_text(errors="ignore"))):
            found[str(file.relative_to(ROOT))] = commands
    assert found == {}


def test_the_search_knows_such_commands_from_harmless_ones() -> None:
    for command in (
        "pip install crossrate",
        "pip install 'crossrate[tracing]'",
        "python -m pip install --upgrade crossrate",
        "uvx crossrate",
        "pipx install crossrate",
        "docker run --rm crossrate",
    ):
        assert fetched_names(command), command
    for command in (
        "pip install .",
        "pip install dist/crossrate-0.2.0.whl",
        "pip install ./crossrate/",
        "crossrate serve",
    ):
        assert not fetched_names(command), command
