"""`crossrate users`: an operator manages accounts."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from domain.errors import InvalidInput
from domain.identity.audit_event import AuditEvent
from domain.identity.user import Password, Role, Username
from entrypoints.cli.output import REFUSED, AsJson, show_json, show_table, stop
from entrypoints.cli.user_access import keys, revoke, sessions
from entrypoints.cli.user_commands import (
    COMMAND_LINE,
    Name,
    moment,
    report,
    run,
    state,
    user_fields,
    username,
)

if TYPE_CHECKING:
    from application.identity.list_users import ListedUser
    from domain.identity.lockout import Lockout

users = typer.Typer(help="Create, list and disable users; revoke what they use.", no_args_is_help=True)
for command in (sessions, keys, revoke):
    users.command()(command)

FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Take the password from the first line of standard input.")
]


@users.command()
def create(
    name: Name,
    *,
    admin: Annotated[bool, typer.Option("--admin", help="Give the user the role of an administrator.")] = False,
    password_stdin: FromStdin = False,
    as_json: AsJson = False,
) -> None:
    """Create a user. The command prompts for the password."""
    password = _password(from_stdin=password_stdin)
    role = Role.ADMIN if admin else Role.USER
    user = run(
        lambda identity: identity.register()(
            username=Username(name), password=password, address=COMMAND_LINE, role=role
        )
    )
    report(user, f"{user.name} is created, with the role {user.role}.", as_json=as_json)


@users.command(name="list")
def list_(*, as_json: AsJson = False) -> None:
    """List all users. The last column says where wrong passwords lock an account, and until when."""
    found = run(lambda identity: identity.list_users()())
    if as_json:
        show_json([user_fields(each.user) | {"lockouts": [*map(_lockout_fields, each.lockouts)]} for each in found])
    elif found:
        show_table(("name", "role", "state", "since", "locked"), list(map(_user_row, found)))
    else:
        typer.echo("There are no users. `crossrate users create NAME` creates one.", err=True)


@users.command()
def disable(
    name: Name,
    *,
    keep_keys: Annotated[
        bool, typer.Option("--keep-keys", help="Let API keys work again once the user is enabled.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Disable a user. Their sessions end and their API keys are deleted at once."""
    user, revoked = run(
        lambda identity: identity.set_disabled()(
            username=Username(name), is_disabled=True, keeps_api_keys=keep_keys, address=COMMAND_LINE
        )
    )
    report(user, f"{user.name} is disabled.", as_json=as_json, revoked=revoked)


@users.command()
def enable(name: Name, *, as_json: AsJson = False) -> None:
    """Enable a disabled user. They may sign in; only API keys that were kept work again."""
    user, _ = run(
        lambda identity: identity.set_disabled()(username=Username(name), is_disabled=False, address=COMMAND_LINE)
    )
    report(user, f"{user.name} is enabled.", as_json=as_json)


@users.command()
def grant_admin(name: Name, *, as_json: AsJson = False) -> None:
    """Give a user the role of an administrator, at once."""
    _set_role(name, Role.ADMIN, as_json=as_json)


@users.command()
def revoke_admin(name: Name, *, as_json: AsJson = False) -> None:
    """Take the role of an administrator from a user, at once."""
    _set_role(name, Role.USER, as_json=as_json)


@users.command()
def unlock(
    name: Annotated[
        str | None, typer.Argument(parser=username, metavar="NAME", help="The user's name, in any case.")
    ] = None,
    *,
    address: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Lift what locks this address or network, for all accounts.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Lift lockouts. Wrong passwords are forgotten: those for a user's account, or those from an address."""
    if (name is None) == (address is None):
        raise typer.BadParameter("give either the NAME of a user or an --address")
    if name is None:
        _unlock_address(_counted(address or ""), as_json=as_json)
        return
    user = run(lambda identity: identity.unlock().account(username=Username(name), address=COMMAND_LINE))
    report(user, f"{user.name} is locked out nowhere any more: wrong passwords are forgotten.", as_json=as_json)


@users.command()
def reset_password(name: Name, *, password_stdin: FromStdin = False, as_json: AsJson = False) -> None:
    """Set a user's password. The command prompts for it, ends all sessions, deletes all API keys, lifts lockouts."""
    password = _password(from_stdin=password_stdin)
    user, revoked = run(
        lambda identity: identity.reset_password()(username=Username(name), password=password, address=COMMAND_LINE)
    )
    report(user, f"{user.name} has a new password.", as_json=as_json, revoked=revoked)


@users.command()
def audit(
    *,
    limit: Annotated[int, typer.Option(metavar="NUMBER", help="How many events.", min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """Show the audit log. The newest events of accounts and keys come first; times are in UTC."""
    events = run(lambda identity: identity.read_audit_log()(limit=limit))
    if as_json:
        show_json([_event_fields(event) for event in events])
        return
    show_table(
        ("when", "who", "action", "outcome", "from", "detail"),
        [(moment(one.at), one.who, one.action, one.outcome, one.address, one.detail) for one in events],
    )


def _set_role(name: str, role: Role, *, as_json: bool) -> None:
    user = run(lambda identity: identity.set_role()(username=Username(name), role=role, address=COMMAND_LINE))
    report(user, f"{user.name} has the role {user.role}.", as_json=as_json)


def _unlock_address(address: str, *, as_json: bool) -> None:
    forgotten = run(lambda identity: identity.unlock().address(unlocked=address, address=COMMAND_LINE))
    if as_json:
        show_json({"address": address, "forgotten_failures": forgotten})
    else:
        typer.echo(f"{address} is not locked. Forgotten wrong passwords: {forgotten}.")


def _counted(address: str) -> str:
    """Return the address as failures are counted by it."""
    from entrypoints.http.server.client_address import UNKNOWN, counted_address  # noqa: PLC0415 -- slow to import

    counted = counted_address(address.partition("/")[0])
    if counted == UNKNOWN:
        raise typer.BadParameter(f"{address} is not an IP address", param_hint="--address")
    return counted


def _password(*, from_stdin: bool) -> Password:
    if not from_stdin and not sys.stdin.isatty():
        stop("There is no terminal to ask for the password: pass it to --password-stdin.", REFUSED)
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


def _user_row(listed: "ListedUser") -> tuple[str, ...]:
    user = listed.user
    return user.name, user.role, state(user), moment(user.created_at), "; ".join(map(_locked, listed.lockouts))


def _locked(lockout: "Lockout") -> str:
    where = "except at known addresses" if lockout.address is None else f"at {lockout.address}"
    return f"{where} until {moment(lockout.ends_at)}"


def _lockout_fields(lockout: "Lockout") -> dict[str, object]:
    return {"scope": lockout.scope, "address": lockout.address, "ends_at": int(lockout.ends_at)}


def _event_fields(event: AuditEvent) -> dict[str, object]:
    return {
        "at": int(event.at),
        "who": event.who,
        "user_id": None if event.user_id is None else str(event.user_id),
        "action": event.action,
        "outcome": event.outcome,
        "address": event.address,
        "detail": event.detail,
    }
