"""`crossrate users`: accounts as an operator manages them."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer
from rich.console import Console

from domain.errors import Conflict, DatabaseUnavailable, InvalidInput, NoSuchObject
from domain.identity.user import Password, Role, User, Username
from entrypoints.cli.output import REFUSED, UNAVAILABLE, settings_with_database, stop, table
from entrypoints.logging import configure_logging
from entrypoints.wiring.identity import IdentityContainer
from entrypoints.wiring.running import running

# Stands in the audit log in place of an address.
COMMAND_LINE = "command line"

T = TypeVar("T")

users = typer.Typer(help="Create, list and disable users, and reset their passwords.", no_args_is_help=True)


def _username(text: str) -> Username:
    try:
        return Username(text)
    except InvalidInput as error:
        raise typer.BadParameter(str(error)) from error


Name = Annotated[str, typer.Argument(parser=_username, metavar="NAME", help="The user's name, in any case.")]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Take the password from the first line of standard input.")
]


@users.command()
def create(
    name: Name,
    *,
    admin: Annotated[bool, typer.Option("--admin", help="Give the user the role of an administrator.")] = False,
    password_stdin: FromStdin = False,
) -> None:
    """Create a user; the command prompts for the password."""
    password = _password(from_stdin=password_stdin)
    role = Role.ADMIN if admin else Role.USER
    user = _run(
        lambda identity: identity.register()(
            username=Username(name), password=password, address=COMMAND_LINE, role=role
        )
    )
    typer.echo(f"{user.name} is created, with the role {user.role}.")


@users.command(name="list")
def list_() -> None:
    """List all users."""
    found = _run(lambda identity: identity.list_users()())
    rows = table("name", "role", "state", "since")
    for user in found:
        rows.add_row(user.name, user.role, _state(user), _moment(user.created_at))
    Console().print(rows)


@users.command()
def disable(name: Name) -> None:
    """Disable a user: their tokens and keys stop working at once."""
    user = _run(
        lambda identity: identity.set_disabled()(username=Username(name), is_disabled=True, address=COMMAND_LINE)
    )
    typer.echo(f"{user.name} is disabled.")


@users.command()
def enable(name: Name) -> None:
    """Enable a disabled user: their keys work again, and they may sign in."""
    user = _run(
        lambda identity: identity.set_disabled()(username=Username(name), is_disabled=False, address=COMMAND_LINE)
    )
    typer.echo(f"{user.name} is enabled.")


@users.command()
def reset_password(name: Name, *, password_stdin: FromStdin = False) -> None:
    """Set a new password (the command prompts for it) and end all sessions; API keys keep working."""
    password = _password(from_stdin=password_stdin)
    user = _run(
        lambda identity: identity.reset_password()(username=Username(name), password=password, address=COMMAND_LINE)
    )
    typer.echo(f"{user.name} has a new password and is signed out everywhere.")


@users.command()
def audit(*, limit: Annotated[int, typer.Option(help="How many events.", min=1, max=10_000)] = 50) -> None:
    """Show the audit log of accounts and keys, newest first."""
    events = _run(lambda identity: identity.read_audit_log()(limit=limit))
    rows = table("when", "who", "action", "outcome", "from", "detail")
    for event in events:
        rows.add_row(_moment(event.at), event.who, event.action, event.outcome, event.address, event.detail)
    Console().print(rows)


def _password(*, from_stdin: bool) -> Password:
    try:
        text = (
            sys.stdin.readline().rstrip("\r\n")
            if from_stdin
            else typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        )
    except UnicodeDecodeError:
        stop("The password must be UTF-8.", REFUSED)
    try:
        return Password(text)
    except InvalidInput as error:
        stop(f"The password {error}.", REFUSED)


def _run(work: Callable[[IdentityContainer], Awaitable[T]]) -> T:
    settings = settings_with_database()
    configure_logging("error", settings.log_format)

    async def run() -> T:
        async with running(settings) as container:
            return await work(container.identity())

    try:
        return asyncio.run(run())
    except (Conflict, NoSuchObject) as error:
        stop(f"Refused: {error}.", REFUSED)
    except DatabaseUnavailable as error:
        stop(f"The database does not answer: {error}.", UNAVAILABLE)


def _state(user: User) -> str:
    return "disabled" if user.is_disabled else "enabled"


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(sep=" ", timespec="seconds")
