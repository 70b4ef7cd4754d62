"""What the commands share: tables that cut nothing, and messages with a status."""

import os

import pytest
import typer
from rich.console import Console

from entrypoints.cli.output import REFUSED, or_refused, stop, table, usable_settings


def test_a_narrow_terminal_folds_a_long_number_and_cuts_nothing() -> None:
    console = Console(width=20, record=True, file=open(os.devnull, "w"))  # noqa: SIM115, PTH123 -- closed with the test
    rows = table("", "", show_header=False)
    rows.add_row("rate", "0.123456789012345678901234567890")
    console.print(rows)
    console.file.close()
    cells = [line.split("│")[2].strip() for line in console.export_text().splitlines() if "│" in line]
    assert "".join(cells) == "0.123456789012345678901234567890"


def test_stopping_says_why_on_standard_error_and_gives_the_status(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as stopped:
        stop("No route.", 1)
    assert stopped.value.exit_code == 1
    assert capsys.readouterr() == ("", "No route.\n")


def test_what_ends_the_process_for_unusable_settings_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    def read() -> None:
        raise SystemExit("These settings cannot be used")

    with pytest.raises(typer.Exit) as stopped:
        or_refused(read)
    assert stopped.value.exit_code == REFUSED
    assert capsys.readouterr().err == "These settings cannot be used\n"


def test_settings_that_are_usable_are_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSRATE_PORT", "1234")
    assert usable_settings().port == 1234
