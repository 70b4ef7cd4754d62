"""How every command shows a table, reports a failure, and reads its settings."""

from collections.abc import Callable
from typing import NoReturn, TypeVar

import typer
from rich.table import Column, Table

from entrypoints.settings.settings import Settings, load_settings

# Exit statuses beside 0, so that scripts can tell them apart; 2 is also typer's own for a wrong command line.
NO_ROUTE = 1
REFUSED = 2
UNAVAILABLE = 3

T = TypeVar("T")


def table(*columns: str, show_header: bool = True) -> Table:
    """Return an empty table."""
    # Folded where the terminal is narrow: rich would cut a long number, and half a number is a wrong one.
    return Table(*(Column(name, overflow="fold") for name in columns), show_header=show_header)


def stop(message: str, status: int) -> NoReturn:
    """End the command with a message on standard error and an exit status."""
    typer.echo(message, err=True)
    raise typer.Exit(status)


def usable_settings() -> Settings:
    """Return the settings, or stop the command and say what is wrong with them."""
    return or_refused(load_settings)


def settings_with_database() -> Settings:
    """Return the settings, or stop the command where the file of the embedded database does not exist.

    Only `serve` and `migrate` create one: elsewhere than in its folder, a command would otherwise make an empty
    database, find nothing in it and report success.
    """
    settings = usable_settings()
    file = settings.embedded_database_file
    if file is not None and not file.is_file():
        stop(
            f"There is no database at {file.absolute()}. Run this where the service runs, or set "
            "CROSSRATE_DATABASE_URL; `crossrate serve` and `crossrate migrate` create a new one.",
            UNAVAILABLE,
        )
    return settings


def or_refused(read: Callable[[], T]) -> T:
    """Return what `read` does; where it ends the process for unusable settings, have the status be `REFUSED`."""
    try:
        return read()
    except SystemExit as unusable:
        stop(str(unusable), REFUSED)  # its own status would be 1, which here means that there is no route
