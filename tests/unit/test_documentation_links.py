"""Whatever the documentation points to exists: pages, headings, files, and the code that it quotes."""

import re
from functools import cache
from pathlib import Path

from tests.project import ROOT

PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
# Decisions describe the code as it was when they were made.
CURRENT_PAGES = [page for page in PAGES if page.parent.name != "decisions" and page.name != "CHANGELOG.md"]
# What a reader would add, and what a benchmark writes.
ABSENT = {"adapters/okx/", "benchmarks/results/latest.json"}

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_PATH = re.compile(r"`((?:src|domain|application|adapters|entrypoints|tests|benchmarks|docs|docker|\.ci)/[\w./-]*)`")
_QUOTED = re.compile(r"^From `([^`]+)`:$|from\s`([^`]+)`:$|^```(?:python|toml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@cache
def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in _HEADING.findall(page.read_text())}


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def leads_nowhere(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    return not target.exists() or bool(anchor and anchor not in anchors(target))


def test_every_relative_link_leads_to_a_page_and_a_heading() -> None:
    links = [(page, link) for page in PAGES for link in _LINK.findall(page.read_text()) if "://" not in link]
    assert [(named(page), link) for page, link in links if leads_nowhere(page, link)] == []
    assert len(links) > 200


def test_every_file_and_folder_that_a_page_names_exists() -> None:
    paths = {(named(page), path) for page in CURRENT_PAGES for path in _PATH.findall(page.read_text())}
    exist = {path for _, path in paths if (ROOT / path).exists() or (ROOT / "src" / path).exists()}
    assert {(page, path) for page, path in paths if path not in exist | ABSENT} == set()
    assert len(exist) > 20


def test_every_piece_of_code_is_quoted_from_the_file_named_before_it() -> None:
    for page in CURRENT_PAGES:
        source = None
        for one, other, code in _QUOTED.findall(page.read_text()):
            if code:
                assert source is not None, (page, code)
                assert code in (ROOT / source).read_text(), f"{page}: {source} has no {code}"
            else:
                source = one or other
