"""`crossrate demo-data`: a database to try things on."""

import asyncio
import secrets
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import typer

from domain.identity.user import Password
from domain.wallets.demo_year import DEMO_USERS
from entrypoints.cli.output import REFUSED, AsJson, show_json, show_table, stop
from entrypoints.cli.user_commands import COMMAND_LINE, run_in_application

if TYPE_CHECKING:
    from application.orders.fill_with_demo_data import DemoData
    from entrypoints.settings.settings import Settings
    from entrypoints.wiring.application import ApplicationContainer


def demo_data(*, as_json: AsJson = False) -> None:
    """Fill a new database with two users, wallets, a year of entries, and something to buy; say how to sign in.

    Only for development: the database must be on this machine, and nobody may have an account in it.

    Exit status: 0 filled, 2 refused, 3 database unavailable.
    """
    # Slow to import: see main.py.
    from entrypoints.cli.loading import usable_settings  # noqa: PLC0415

    settings = usable_settings()
    _require_development(settings)
    passwords = _new_passwords()
    made = run_in_application(partial(_fill, passwords))
    if as_json:
        show_json(_fields(made, passwords))
    else:
        _show(made, passwords, settings)


def fill_at_start(settings: "Settings") -> None:
    """Do the same before `serve` serves, if nobody uses the database yet."""
    from domain.errors import DatabaseUnavailable  # noqa: PLC0415 -- see main.py
    from domain.wallets.errors import NotEmpty  # noqa: PLC0415
    from entrypoints.wiring.running import running  # noqa: PLC0415

    _require_development(settings)
    passwords = _new_passwords()

    async def fill() -> "DemoData":
        async with running(settings) as container:
            return await _fill(passwords, container)

    with suppress(NotEmpty, DatabaseUnavailable):  # the service starts without a database, too
        _show(asyncio.run(fill()), passwords, settings)
        typer.echo("")


async def _fill(passwords: list[Password], container: "ApplicationContainer") -> "DemoData":
    return await container.clearing_administration().fill_with_demo_data()(passwords, COMMAND_LINE)


def _new_passwords() -> list[Password]:
    return [Password(secrets.token_urlsafe(12)) for _ in DEMO_USERS]


def _show(made: "DemoData", passwords: list[Password], settings: "Settings") -> None:
    rows = [(user.name, user.role.value, each.text) for user, each in zip(made.users, passwords, strict=True)]
    typer.echo(f"Users: {len(rows)}; transactions in the past year: {made.transactions}.\n")
    show_table(("user", "role", "password"), rows)
    typer.echo(f"\nFor sale: {', '.join(asset.code for asset in made.for_sale)}.")
    name, _, password = rows[0]
    typer.echo(
        f"\nThese passwords are shown only now. To sign in while `crossrate serve` runs:\n\n"
        f"curl http://127.0.0.1:{settings.port}/api/v1/authenticate/login -H 'Content-Type: application/json' "
        f'-d \'{{"username": "{name}", "password": "{password}"}}\''
    )


def _require_development(settings: "Settings") -> None:
    """Stop the command where the database is elsewhere."""
    from entrypoints.settings.places import database_place, is_database_here  # noqa: PLC0415 -- see main.py

    if not is_database_here(settings):
        place = database_place(settings)
        stop(f"Refused demo data: {place} is not on this machine, and entries can never be removed again.", REFUSED)


def _fields(made: "DemoData", passwords: list[Password]) -> dict[str, object]:
    users = [
        {"username": user.name, "role": user.role.value, "password": password.text}
        for user, password in zip(made.users, passwords, strict=True)
    ]
    for_sale = [str(asset.code) for asset in made.for_sale]
    return {"users": users, "transactions": made.transactions, "for_sale": for_sale}
