"""Every decision has its status and date, and the list of decisions is complete."""

import re
from datetime import date
from pathlib import Path

from tests.project import ROOT

FOLDER = ROOT / "docs" / "decisions"
DECISIONS = sorted(FOLDER.glob("[0-9]*.md"))

_FILE = re.compile(r"\]\((\d{4}-[\w-]+\.md)\)")


def header(decision: Path) -> dict[str, str]:
    """Return the fields below the title; a field may continue on further lines."""
    _, fields, *_ = decision.read_text().split("\n\n")
    joined = re.sub(r"\n(?!- )\s*", " ", fields)
    return dict(line.removeprefix("- ").split(": ", 1) for line in joined.splitlines())


def named(field: str) -> set[str]:
    """Return the files that a field links to."""
    return set(_FILE.findall(field))


def test_each_decision_has_a_status_and_a_date() -> None:
    for decision in DECISIONS:
        fields = header(decision)
        assert set(fields) <= {"Status", "Date", "Supersedes", "Superseded by"}, decision
        date.fromisoformat(fields["Date"])
        assert fields["Status"] in {"Accepted", "Superseded in part", "Superseded"}, decision
        assert (fields["Status"] == "Accepted") == ("Superseded by" not in fields), decision


def test_what_supersedes_a_decision_says_so() -> None:
    for decision in DECISIONS:
        for other, field in (("Superseded by", "Supersedes"), ("Supersedes", "Superseded by")):
            for name in named(header(decision).get(other, "")):
                assert decision.name in named(header(FOLDER / name).get(field, "")), (decision, name)


def test_the_list_has_one_line_for_each_decision_in_order() -> None:
    lines = [line for line in (FOLDER / "README.md").read_text().splitlines() if line.startswith("- ")]
    listed = [_FILE.findall(line) for line in lines]
    assert listed == [[decision.name] for decision in DECISIONS]
    for line, decision in zip(lines, DECISIONS, strict=True):
        title = decision.read_text().splitlines()[0].removeprefix("# ")
        assert f"[{decision.name[:4]} {title}]" in line
