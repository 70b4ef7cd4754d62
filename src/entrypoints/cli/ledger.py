"""`crossrate ledger`: an operator checks the books."""

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from domain.errors import DatabaseUnavailable
from entrypoints.cli.output import NO, UNAVAILABLE, AsJson, show_facts, show_json, show_table, stop
from entrypoints.cli.user_commands import COMMAND_LINE, run_in_application

if TYPE_CHECKING:
    from application.ledger.verify_ledger import Verification

ledger = typer.Typer(help="Check the ledger, and correct mistakes.", no_args_is_help=True)


@ledger.callback()
def about() -> None:
    """Check the ledger, and correct mistakes."""


@ledger.command()
def verify(*, as_json: AsJson = False) -> None:
    """Verify all sums, balances, hashes and holds.

    Recomputes them from the postings, while the service may go on, and names what is wrong. It changes nothing.

    Exit status: 0 nothing is wrong, 1 something is, 2 refused settings, 3 database unavailable.
    """
    place, result = _verified()
    if as_json:
        show_json({"database": place, **asdict(result)})
    else:
        _show(place, result)
    if result.fault_count:
        raise typer.Exit(NO)


@ledger.command()
def correct(
    transaction_id: Annotated[
        UUID, typer.Argument(metavar="TRANSACTION_ID", help="The mistake, as the owner's entries name it.")
    ],
    *,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, for the owner of the money to read.")],
    as_json: AsJson = False,
) -> None:
    """Correct a transaction by posting its opposite. Nothing in the ledger is ever changed.

    Exit status: 0 corrected, 2 refused, 3 database unavailable.
    """
    if not reason.strip():
        raise typer.BadParameter("must not be empty", param_hint="--reason")
    posted = run_in_application(
        lambda container: container.ledger().record_correction()(
            mistake_id=transaction_id, reason=reason, address=COMMAND_LINE
        )
    )
    if as_json:
        show_json({"transaction_id": str(posted.header.id), "corrects": str(transaction_id), "reason": reason})
    else:
        typer.echo(f"{transaction_id} is corrected by {posted.header.id}.")


def _verified() -> tuple[str, "Verification"]:
    """Return where the ledger is, without secrets, and what was found."""
    # Slow to import: see main.py.
    from entrypoints.cli.loading import require_database, usable_settings  # noqa: PLC0415
    from entrypoints.logging import configure_logging  # noqa: PLC0415
    from entrypoints.settings.places import database_place  # noqa: PLC0415
    from entrypoints.settings.sources import without_secrets  # noqa: PLC0415
    from entrypoints.wiring.running import running  # noqa: PLC0415

    settings = usable_settings()
    require_database(settings)
    configure_logging("error", settings.log_format)

    async def run() -> "Verification":
        async with running(settings, makes_secret=False) as container:
            return await container.ledger().verify_ledger()()

    try:
        return without_secrets(database_place(settings)), asyncio.run(run())
    except DatabaseUnavailable as error:
        stop(f"The database does not answer: {error}.", UNAVAILABLE)


def _show(place: str, result: "Verification") -> None:
    show_facts(
        ("verified", place),
        ("accounts", f"{result.accounts:,}"),
        ("postings", f"{result.postings:,}"),
        ("transactions", f"{result.transactions:,}"),
        ("holds", f"{result.holds:,}"),
        ("faults", f"{result.fault_count:,}"),
    )
    if result.faults:
        typer.echo()
        show_table(("where", "what"), [(fault.where, fault.what) for fault in result.faults])
