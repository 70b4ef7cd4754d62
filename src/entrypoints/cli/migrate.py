"""`crossrate migrate`."""

import asyncio

import typer

from domain.errors import DatabaseUnavailable
from entrypoints.cli.output import UNAVAILABLE, AsJson, show_json, stop


def migrate(*, as_json: AsJson = False) -> None:
    """Create or upgrade the database's tables.

    Does nothing if they are up to date.

    Exit status: 0 up to date, 2 refused settings, 3 database unavailable.
    """
    # Slow to import: see main.py.
    from entrypoints.cli.loading import usable_settings  # noqa: PLC0415
    from entrypoints.logging import configure_logging  # noqa: PLC0415
    from entrypoints.settings.places import database_place  # noqa: PLC0415
    from entrypoints.wiring.running import migrate_database  # noqa: PLC0415

    settings = usable_settings()
    configure_logging("warning", settings.log_format)  # what is done is printed below
    place = database_place(settings)
    try:
        before, after = asyncio.run(migrate_database(settings))
    except DatabaseUnavailable as error:
        stop(f"Cannot migrate {place}: {error}.", UNAVAILABLE)
    if as_json:
        show_json({"database": place, "version_before": before, "version": after})
    else:
        typer.echo(f"{place[:1].upper()}{place[1:]} {_done(before, after)}.")


def _done(before: str | None, after: str) -> str:
    if before == after:
        return f"is up to date: version {after}"
    return f"has its tables now: version {after}" if before is None else f"is upgraded: version {before} to {after}"
