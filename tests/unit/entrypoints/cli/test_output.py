"""What the commands share: results that cut nothing and are plain in a pipe, and messages with a status."""

import json
import sys
from collections.abc import Callable

import pytest
import typer

from entrypoints.cli.loading import or_refused, usable_settings
from entrypoints.cli.output import REFUSED, show_facts, show_json, show_table, stop

HEADS = ("when", "who", "detail")
ROWS = [("2026-11-26T03:45:49Z", "ada", "a wrong password"), ("2026-11-26T03:45:50Z", "grace.hopper", "")]

Shown = Callable[[], str]


@pytest.fixture
def at_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[int], Shown]:
    """Give standard output a width, and return what reads it."""

    def of(columns: int) -> Shown:
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        monkeypatch.setenv("COLUMNS", str(columns))
        return lambda: capsys.readouterr().out

    return of


def test_a_terminal_gets_aligned_columns_with_headings(at_a_terminal: Callable[[int], Shown]) -> None:
    shown = at_a_terminal(80)
    show_table(HEADS, ROWS)
    assert shown() == (
        "when                  who           detail\n"
        "2026-11-26T03:45:49Z  ada           a wrong password\n"
        "2026-11-26T03:45:50Z  grace.hopper\n"
    )


def test_a_terminal_that_is_too_narrow_gets_a_block_for_each_row(at_a_terminal: Callable[[int], Shown]) -> None:
    shown = at_a_terminal(40)
    show_table(HEADS, ROWS)
    assert shown() == (
        "when    2026-11-26T03:45:49Z\nwho     ada\ndetail  a wrong password\n"
        "\n"
        "when    2026-11-26T03:45:50Z\nwho     grace.hopper\ndetail\n"
    )


def test_wide_characters_are_counted_as_wide(at_a_terminal: Callable[[int], Shown]) -> None:
    shown = at_a_terminal(80)
    show_table(("symbol", "side"), [("币安人生USDT", "buy"), ("BTCUSDT", "sell")])
    assert shown().splitlines()[1:] == ["币安人生USDT  buy", "BTCUSDT       sell"]


def test_a_pipe_gets_a_line_for_each_row_with_tabs_and_no_headings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    show_table(HEADS, ROWS)
    assert capsys.readouterr().out == "".join("\t".join(row) + "\n" for row in ROWS)
    show_facts(("rate", "0.123456789012345678901234567890"), ("exchange", "binance"))
    assert capsys.readouterr().out == "rate\t0.123456789012345678901234567890\nexchange\tbinance\n"


def test_no_rows_are_no_line_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(HEADS, [])
    assert capsys.readouterr().out == ""


def test_a_cell_can_neither_end_its_row_nor_move_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(HEADS, [("now", "ada\tand\neve", "\x1b[2J\u202e")])
    assert capsys.readouterr().out == "now\tada\\tand\\neve\t\\x1b[2J\\u202e\n"


def test_json_is_one_document_in_its_own_characters(capsys: pytest.CaptureFixture[str]) -> None:
    show_json([{"symbol": "币安人生USDT"}])
    shown = capsys.readouterr().out
    assert json.loads(shown) == [{"symbol": "币安人生USDT"}]
    assert "币安人生" in shown


def test_stopping_says_why_on_standard_error_and_gives_the_status(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as stopped:
        stop("No route.", 1)
    assert stopped.value.exit_code == 1
    assert capsys.readouterr() == ("", "No route.\n")


def test_unusable_settings_stop_the_command_with_their_own_status(capsys: pytest.CaptureFixture[str]) -> None:
    def read() -> None:
        raise SystemExit("These settings cannot be used")

    with pytest.raises(typer.Exit) as stopped:
        or_refused(read)
    assert stopped.value.exit_code == REFUSED
    assert capsys.readouterr().err == "These settings cannot be used\n"


def test_settings_of_the_command_line_count_before_those_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSRATE_PORT", "1234")
    monkeypatch.setenv("CROSSRATE_HOST", "::1")
    settings = usable_settings(port=4321, host=None)
    assert (settings.port, settings.host) == (4321, "::1")
