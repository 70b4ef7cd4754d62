"""`crossrate config`: what the service would run with."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from entrypoints.cli.output import UNAVAILABLE, AsJson, show_facts, show_json

if TYPE_CHECKING:
    from entrypoints.settings.sources import ShownSetting
    from entrypoints.wiring.connections import Tried

config = typer.Typer(help="Check the settings and connections.", no_args_is_help=True)


@config.callback()
def about() -> None:
    """Check the settings and connections."""


@config.command()
def check(*, as_json: AsJson = False) -> None:
    """Check the settings and try each connection.

    Shows every setting with its source, secrets masked, then whether the exchanges, Redis, the database and Alpha
    Vantage answer; those that are not set up are left out. Asking Alpha Vantage uses one of its daily calls.

    Exit status: 0 all is well, 2 refused settings, 3 a connection failed.
    """
    # Slow to import: see main.py.
    from entrypoints.cli.loading import or_refused, usable_settings  # noqa: PLC0415
    from entrypoints.logging import configure_logging  # noqa: PLC0415
    from entrypoints.settings.jwt_secret import jwt_secret  # noqa: PLC0415
    from entrypoints.settings.sources import shown_settings  # noqa: PLC0415
    from entrypoints.wiring.connections import State, try_connections  # noqa: PLC0415

    settings = usable_settings()
    configure_logging("error", settings.log_format)
    if not settings.has_embedded_database:
        or_refused(lambda: jwt_secret(settings))
    tried = asyncio.run(try_connections(settings))
    is_well = all(each.state is not State.FAILED for each in tried)
    (_show_json if as_json else _show)(shown_settings(settings), tried, is_well)
    if not is_well:
        raise typer.Exit(UNAVAILABLE)


def _show(settings: "Sequence[ShownSetting]", tried: "Sequence[Tried]", is_well: bool) -> None:
    show_facts(*((each.source, f"{each.variable}={each.value}") for each in settings))
    typer.echo()
    show_facts(*((each.name, each.state, f"{each.place}{each.detail and f': {each.detail}'}") for each in tried))
    if not is_well:
        typer.echo("A connection failed.", err=True)


def _show_json(settings: "Sequence[ShownSetting]", tried: "Sequence[Tried]", is_well: bool) -> None:
    show_json({"ok": is_well, "settings": list(map(asdict, settings)), "connections": list(map(asdict, tried))})
