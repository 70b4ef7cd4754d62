"""The table in its three forms: drawn, Markdown, JSON."""

import io
import os
import platform
from pathlib import Path

import orjson
import pytest
from benchmarks import report
from benchmarks.arithmetic import Measurement
from benchmarks.targets import Better, Target
from rich.console import Console

TARGETS = {
    "rate": Target("Requests/s", Better.HIGHER, 0.75, 0.95),
    "stall": Target("Stall", Better.LOWER, 10, 3, "ms"),
    "calls": Target("Calls", unit="calls"),
}
ROWS = report.rows(
    [
        Measurement("rate", [0.5, 0.9, 0.8], "logged", "800/s against 1,000/s"),
        Measurement("stall", [20, 30, 25]),
        Measurement("calls", [1234]),
    ],
    TARGETS,
)


def test_a_row_has_median_spread_absolute_figures_bar_aim_and_verdict() -> None:
    assert ROWS[0].cells == (
        "Requests/s",
        "0.8",
        "0.5 to 0.9",
        "800/s against 1,000/s",
        "at least 0.75",
        "0.95",
        "bar held",
    )
    assert ROWS[1].cells == ("Stall", "25 ms", "20 to 30", "", "at most 10 ms", "3 ms", "missed")
    assert ROWS[2].cells == ("Calls", "1,234 calls", "1,234 to 1,234", "", "", "", "")


def test_only_figures_beyond_the_tolerance_are_missed() -> None:
    assert report.missed(ROWS) == ["Stall"]


def test_the_drawn_table_has_every_figure_with_its_note() -> None:
    output = io.StringIO()
    Console(file=output, width=200).print(report.table(ROWS, "head"))
    for text in ("head", "Requests/s", "logged", "800/s against 1,000/s", "25 ms", "missed"):
        assert text in output.getvalue()


def test_the_markdown_has_a_line_for_each_figure() -> None:
    lines = report.markdown(ROWS).splitlines()
    assert lines[2] == "| Requests/s | 0.8 | 0.5 to 0.9 | 800/s against 1,000/s | at least 0.75 | 0.95 | bar held |"
    assert lines[2 + len(ROWS) :] == ["", f"Here: {report.machine_in_words()}."]


def test_the_machine_that_absolute_figures_hold_for_is_named() -> None:
    words = report.machine_in_words()
    assert f"{os.cpu_count()} processors" in words
    assert f"Python {platform.python_version()}" in words
    assert report.machine()["processor"]


def test_the_files_have_samples_verdicts_and_circumstances(tmp_path: Path) -> None:
    written = orjson.loads(report.write(tmp_path / "results", ROWS, short=True).read_bytes())
    assert written["short"] is True
    assert written["machine"] == report.machine()
    rate, stall, calls = written["figures"]
    assert (rate["absolute"], rate["note"]) == ("800/s against 1,000/s", "logged")
    assert (rate["samples"], rate["median"], rate["better"]) == ([0.5, 0.9, 0.8], 0.8, "higher")
    assert (stall["bar"], stall["verdict"]) == (10, "missed")
    assert (calls["bar"], calls["verdict"]) == (None, "shown")
    assert (tmp_path / "results" / "latest.md").read_text() == report.markdown(ROWS)


@pytest.fixture(autouse=True)
def usual_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.report.slowness", lambda: 1.0)


async def _held(*runs: dict[str, float], attempts: int) -> dict[str, Measurement]:
    left = iter(runs)

    async def measure() -> list[Measurement]:
        return [Measurement(key, [value], "note") for key, value in next(left).items()]

    return {each.key: each for each in await report.held(measure, TARGETS, attempts)}


async def test_a_missed_figure_is_measured_again_and_says_so_and_others_are_kept() -> None:
    held = await _held({"rate": 0.8, "stall": 25}, {"rate": 0.1, "stall": 9}, attempts=3)
    assert {key: each.median for key, each in held.items()} == {"rate": 0.8, "stall": 9}
    assert held["rate"].note == "note"
    assert held["stall"].note == "note; measured again, before: 25"


async def test_a_figure_that_misses_every_time_is_missed() -> None:
    held = await _held({"stall": 25}, {"stall": 26}, {"stall": 27}, attempts=3)
    assert report.missed(report.rows([*held.values()], TARGETS)) == ["Stall"]
    assert held["stall"].median == 27


async def test_without_further_attempts_nothing_is_measured_again() -> None:
    assert (await _held({"stall": 25}, attempts=1))["stall"].median == 25


async def test_what_misses_is_judged_by_how_slow_the_machine_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.report.slowness", lambda: 2.0)
    held = await _held({"rate": 0.8, "stall": 19}, attempts=3)
    assert report.missed(report.rows([*held.values()], TARGETS)) == []
    assert held["stall"].note == "note; judged for a machine that takes 2 times as long as usual"
    assert held["rate"].note == "note"
