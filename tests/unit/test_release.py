"""The version is the same everywhere, and its notes say how to upgrade."""

import re
import tomllib
from importlib.metadata import version

from tests.project import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()
VERSION: str = PROJECT["project"]["version"]


def test_the_installed_version_is_that_of_the_project() -> None:
    assert version("crossrate") == VERSION


def test_the_changelog_begins_with_unreleased_and_then_this_release_with_its_date() -> None:
    headings = re.findall(r"^## (.+)$", CHANGELOG, re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert re.fullmatch(rf"{re.escape(VERSION)} - \d{{4}}-\d\d-\d\d", headings[1])


def test_the_notes_of_this_release_say_how_to_upgrade() -> None:
    notes = CHANGELOG.split(f"## {VERSION}", 1)[1].split("\n## ", 1)[0]
    assert "### Upgrade" in notes


def test_pages_show_this_version_and_no_other() -> None:
    shown = {
        match
        for page in (ROOT / "README.md", ROOT / "SECURITY.md", *(ROOT / "docs").glob("*.md"))
        for match in re.findall(r"crossrate (\d+\.\d+\.\d+)|version (\d+\.\d+\.\d+)", page.read_text())
    }
    assert {"".join(match) for match in shown} == {VERSION}


def test_every_package_tells_type_checkers_that_it_is_typed() -> None:
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert packages
    assert [package for package in packages if not (ROOT / package / "py.typed").exists()] == []
