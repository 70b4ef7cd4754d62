"""`crossrate users`: what whoever runs the service does to accounts."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.table import Column, Table

from domain.errors import Conflict, DatabaseUnavailable, NoSuchObject, RefusedInput
from domain.identity.user import Password, Role, User, Username
from entrypoints.logging import configure_logging
from entrypoints.settings.settings import load_settings
from entrypoints.wiring.identity import IdentityContainer
from entrypoints.wiring.running import running

REFUSED = 2
UNAVAILABLE = 3

# In the place of an address: where what is done here comes from.
COMMAND_LINE = "command line"

T = TypeVar("T")

users = typer.Typer(help="Create, list and disable users, and reset their passwords.", no_args_is_help=True)


def _username(text: str) -> Username:
    try:
        return Username(text)
    except RefusedInput as error:
        raise typer.BadParameter(str(error)) from error


Name = Annotated[str, typer.Argument(parser=_username, metavar="NAME", help="The user's name, in any case.")]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Take the password from the first line of standard input.")
]


@users.command()
def create(
    name: Name,
    *,
    admin: Annotated[bool, typer.Option("--admin", help="With the role of an administrator.")] = False,
    password_stdin: FromStdin = False,
) -> None:
    """Create a user; the password is asked for."""
    password = _password(from_stdin=password_stdin)
    role = Role.ADMIN if admin else Role.USER
    user = _done(
        lambda accounts: accounts.register()(
            username=Username(name), password=password, address=COMMAND_LINE, role=role
        )
    )
    typer.echo(f"{user.name} is created, with the role {user.role}.")


@users.command(name="list")
def list_() -> None:
    """List all users."""
    found = _done(lambda accounts: accounts.list_users()())
    table = _table("name", "role", "state", "since")
    for user in found:
        table.add_row(user.name, user.role, _state(user), _moment(user.created_at))
    Console().print(table)


@users.command()
def disable(name: Name) -> None:
    """Disable a user: their tokens and keys stop at once."""
    user = _done(
        lambda accounts: accounts.set_disabled()(username=Username(name), is_disabled=True, address=COMMAND_LINE)
    )
    typer.echo(f"{user.name} is disabled.")


@users.command()
def enable(name: Name) -> None:
    """Enable a user who was disabled: keys are good again, and they may sign in."""
    user = _done(
        lambda accounts: accounts.set_disabled()(username=Username(name), is_disabled=False, address=COMMAND_LINE)
    )
    typer.echo(f"{user.name} is enabled.")


@users.command()
def reset_password(name: Name, *, password_stdin: FromStdin = False) -> None:
    """Give a user another password, which is asked for, and end their sessions."""
    password = _password(from_stdin=password_stdin)
    user = _done(
        lambda accounts: accounts.reset_password()(username=Username(name), password=password, address=COMMAND_LINE)
    )
    typer.echo(f"{user.name} has another password, and is signed out everywhere.")


@users.command()
def audit(*, limit: Annotated[int, typer.Option(help="How many events.", min=1, max=10_000)] = 50) -> None:
    """Show what happened to accounts and keys, the newest first."""
    events = _done(lambda accounts: accounts.read_audit_log()(limit=limit))
    table = _table("when", "who", "action", "outcome", "from", "detail")
    for event in events:
        table.add_row(_moment(event.at), event.who, event.action, event.outcome, event.address, event.detail)
    Console().print(table)


def _password(*, from_stdin: bool) -> Password:
    try:
        text = (
            sys.stdin.readline().rstrip("\r\n")
            if from_stdin
            else typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        )
    except UnicodeDecodeError:
        _stop("The password must be UTF-8.", REFUSED)
    try:
        return Password(text)
    except RefusedInput as error:
        _stop(f"The password {error}.", REFUSED)


def _done(work: Callable[[IdentityContainer], Awaitable[T]]) -> T:
    try:
        settings = load_settings()
    except SystemExit as unusable:
        _stop(str(unusable), REFUSED)
    configure_logging("error", settings.log_format)

    async def run() -> T:
        async with running(settings) as container:
            return await work(container.identity())

    try:
        return asyncio.run(run())
    except (Conflict, NoSuchObject) as error:
        _stop(f"Refused: {error}.", REFUSED)
    except DatabaseUnavailable as error:
        _stop(f"The database does not answer: {error}.", UNAVAILABLE)


def _state(user: User) -> str:
    return "disabled" if user.is_disabled else "enabled"


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(sep=" ", timespec="seconds")


def _table(*columns: str) -> Table:
    return Table(*(Column(name, overflow="fold") for name in columns))


def _stop(message: str, status: int) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(status)
