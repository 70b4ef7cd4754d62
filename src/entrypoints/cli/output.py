"""How every command shows its result and reports a failure.

Like `gh`: aligned columns at a terminal, tabs without headings in a pipe, and JSON on request; never a box.
"""

import json
import shutil
import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer
from rich.cells import cell_len

# Exit statuses besides 0, for scripts; docs/command-line.md explains them.
NO = 1
REFUSED = 2  # also typer's own for a wrong command line
UNAVAILABLE = 3

GAP = "  "

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]

Server = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="Ask the service at this address, such as http://127.0.0.1:8080, with the API key in "
        "CROSSRATE_CLIENT_API_KEY if there is one.",
    ),
]

Row = Sequence[str]


def show_json(value: object) -> None:
    """Print a JSON document."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def show_facts(*facts: Row) -> None:
    """Print a line for each fact: its name and its value."""
    typer.echo("\n".join(_aligned(facts) if sys.stdout.isatty() else map(_with_tabs, facts)))


def show_table(heads: Row, rows: Sequence[Row]) -> None:
    """Print rows. If they are wider than the terminal, each becomes a block of lines: nothing is ever cut off."""
    if not sys.stdout.isatty():
        lines = list(map(_with_tabs, rows))
    else:
        lines = _aligned([heads, *rows])
        if max(map(cell_len, lines)) > shutil.get_terminal_size().columns:
            blocks = ("\n".join(_aligned(list(zip(heads, row, strict=True)))) for row in rows)
            lines = ["\n\n".join(blocks)]
    if lines:
        typer.echo("\n".join(lines))


def stop(message: str, status: int) -> NoReturn:
    """End the command with a message on standard error and an exit status."""
    typer.echo(message, err=True)
    raise typer.Exit(status)


def _with_tabs(row: Row) -> str:
    return "\t".join(map(_printable, row))


def _aligned(rows: Sequence[Row]) -> list[str]:
    shown = [list(map(_printable, row)) for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*shown, strict=True)]
    return [
        GAP.join(cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in shown
    ]


def _printable(cell: str) -> str:
    """Return the text in one line and without control characters, which could move the cursor or end the row."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in cell)
