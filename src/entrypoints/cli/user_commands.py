"""What all commands on users share."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import typer

from domain.errors import (
    ConcurrentChange,
    Conflict,
    CrossrateError,
    DatabaseBusy,
    DatabaseUnavailable,
    InvalidInput,
    NoSuchObject,
    OutcomeUnknown,
)
from domain.identity.errors import UnsuitablePassword
from domain.identity.revoked import Revoked
from domain.identity.user import User, Username
from domain.ledger.errors import InvalidReason
from domain.wallets.errors import UnknownCurrency
from entrypoints.cli.output import REFUSED, UNAVAILABLE, show_json, stop
from entrypoints.nearest import did_you_mean

if TYPE_CHECKING:
    from entrypoints.wiring.application import ApplicationContainer
    from entrypoints.wiring.identity import IdentityContainer

# What the audit log records in place of an address.
COMMAND_LINE = "command line"

T = TypeVar("T")


def username(text: str) -> Username:
    """Read a name from the command line."""
    try:
        return Username(text)
    except InvalidInput as error:
        raise typer.BadParameter(str(error)) from error


Name = Annotated[str, typer.Argument(parser=username, metavar="NAME", help="The user's name, in any case.")]


def run(work: "Callable[[IdentityContainer], Awaitable[T]]") -> T:
    """Run a use case of identity; say why, and end the command, if it is refused."""
    return run_in_application(lambda container: work(container.identity()))


def run_in_application(work: "Callable[[ApplicationContainer], Awaitable[T]]") -> T:
    """Run any use case; say why, and end the command, if it is refused."""
    # Slow to import: see main.py.
    from entrypoints.cli.loading import require_database, usable_settings  # noqa: PLC0415
    from entrypoints.logging import configure_logging  # noqa: PLC0415
    from entrypoints.wiring.running import running  # noqa: PLC0415

    settings = usable_settings()
    require_database(settings)
    configure_logging("error", settings.log_format)

    async def run() -> T:
        async with running(settings, makes_secret=False) as container:
            return await work(container)

    try:
        return asyncio.run(run())
    except (DatabaseUnavailable, InvalidInput, Conflict, NoSuchObject) as error:
        _stop_because_of(error)


def _stop_because_of(error: CrossrateError) -> NoReturn:
    match error:
        case OutcomeUnknown():
            stop("The database did not confirm the change; look whether it was made.", UNAVAILABLE)
        case ConcurrentChange() | DatabaseBusy():
            stop("The database is busy. Nothing was changed; try again.", UNAVAILABLE)
        case DatabaseUnavailable():
            stop(f"The database does not answer: {error}.", UNAVAILABLE)
        case UnsuitablePassword():
            stop(f"The password {error}.", REFUSED)
        case InvalidReason():
            stop(f"The reason {error}.", REFUSED)
        case UnknownCurrency():
            stop(f"{error.code} {error}{did_you_mean(error.code, sorted(error.known))}", REFUSED)
    stop(f"Refused: {error}.", REFUSED)


def report(user: User, sentence: str, *, as_json: bool, revoked: Revoked | None = None) -> None:
    """Say what was done to a user, and what was revoked with it."""
    if as_json:
        show_json(user_fields(user) | ({} if revoked is None else revoked_fields(revoked)))
    elif revoked is None or revoked == Revoked():
        typer.echo(sentence)
    else:
        typer.echo(f"{sentence} Sessions ended: {revoked.sessions}; API keys deleted: {revoked.api_keys}.")


def user_fields(user: User) -> dict[str, object]:
    """Return a user's JSON fields, named as in the API."""
    return {
        "id": str(user.id),
        "username": user.name,
        "role": user.role,
        "state": state(user),
        "created_at": int(user.created_at),
    }


def revoked_fields(revoked: Revoked) -> dict[str, object]:
    """Return the JSON fields of what was revoked, named as in the API."""
    return {"sessions_ended": revoked.sessions, "api_keys_deleted": revoked.api_keys}


def state(user: User) -> str:
    """Return whether a user may sign in."""
    return "disabled" if user.is_disabled else "enabled"


def moment(at: float) -> str:
    """Return ISO 8601 to the second, without a space at which a terminal could break it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
