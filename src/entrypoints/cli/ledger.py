"""`crossrate ledger`: an operator checks the books."""

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from domain.errors import DatabaseUnavailable
from entrypoints.cli.output import NO, UNAVAILABLE, AsJson, show_facts, show_json, show_table, stop

if TYPE_CHECKING:
    from application.ledger.verify_ledger import Verification

ledger = typer.Typer(help="Check the ledger.", no_args_is_help=True)


@ledger.callback()
def about() -> None:
    """Check the ledger."""


@ledger.command()
def verify(*, as_json: AsJson = False) -> None:
    """Verify all sums, balances, hashes and holds.

    Recomputes them from the postings, while the service may go on, and names what is wrong. It changes nothing.

    Exit status: 0 nothing is wrong, 1 something is, 2 refused settings, 3 database unavailable.
    """
    result = _verified()
    if as_json:
        show_json(asdict(result))
    else:
        _show(result)
    if result.fault_count:
        raise typer.Exit(NO)


def _verified() -> "Verification":
    # Slow to import: see main.py.
    from entrypoints.cli.loading import require_database, usable_settings  # noqa: PLC0415
    from entrypoints.logging import configure_logging  # noqa: PLC0415
    from entrypoints.wiring.running import running  # noqa: PLC0415

    settings = usable_settings()
    require_database(settings)
    configure_logging("error", settings.log_format)

    async def run() -> "Verification":
        async with running(settings) as container:
            return await container.ledger().verify_ledger()()

    try:
        return asyncio.run(run())
    except DatabaseUnavailable as error:
        stop(f"The database does not answer: {error}.", UNAVAILABLE)


def _show(result: "Verification") -> None:
    show_facts(
        ("accounts", f"{result.accounts:,}"),
        ("postings", f"{result.postings:,}"),
        ("transactions", f"{result.transactions:,}"),
        ("holds", f"{result.holds:,}"),
        ("faults", f"{result.fault_count:,}"),
    )
    if result.faults:
        typer.echo()
        show_table(("where", "what"), [(fault.where, fault.what) for fault in result.faults])
