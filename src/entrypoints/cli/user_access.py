"""`crossrate users sessions`, `keys` and `revoke`: what has access to an account."""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from domain.errors import NoSuchObject
from domain.identity.api_key import ApiKey
from domain.identity.revoked import Revoked
from domain.identity.session import Session
from domain.identity.user import User, Username
from entrypoints.cli.output import AsJson, show_json, show_table
from entrypoints.cli.user_commands import COMMAND_LINE, Name, moment, report, run

if TYPE_CHECKING:
    from entrypoints.wiring.identity import IdentityContainer


def sessions(name: Name, *, as_json: AsJson = False) -> None:
    """List where a user is signed in. The session that was used last comes first."""

    async def listed(identity: "IdentityContainer") -> list[Session]:
        user = await identity.find_user()(username=Username(name))
        return await identity.list_sessions()(user=user)

    found = run(listed)
    if as_json:
        show_json(list(map(_session_fields, found)))
        return
    rows = [
        (str(one.id), moment(one.created_at), moment(one.last_used_at), one.address or "", one.user_agent or "")
        for one in found
    ]
    show_table(("id", "since", "last used", "from", "by"), rows)


def keys(name: Name, *, as_json: AsJson = False) -> None:
    """List a user's API keys. The oldest comes first."""

    async def listed(identity: "IdentityContainer") -> list[ApiKey]:
        user = await identity.find_user()(username=Username(name))
        return await identity.list_api_keys()(user=user)

    found = run(listed)
    if as_json:
        show_json(list(map(_key_fields, found)))
        return
    rows = [
        (str(key.id), key.name, " ".join(sorted(key.scopes)), moment(key.created_at), _end(key.expires_at))
        for key in found
    ]
    show_table(("id", "name", "scopes", "since", "until"), rows)


def revoke(
    name: Name,
    *,
    only_sessions: Annotated[bool, typer.Option("--sessions", help="End sessions, and leave the API keys.")] = False,
    only_keys: Annotated[bool, typer.Option("--keys", help="Delete API keys, and leave the sessions.")] = False,
    id_: Annotated[
        UUID | None, typer.Option("--id", metavar="ID", help="Only the session or the API key with this id.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """End a user's sessions and delete their API keys. The user may sign in again."""

    async def revoked(identity: "IdentityContainer") -> tuple[User, Revoked]:
        user = await identity.find_user()(username=Username(name))
        if id_ is not None:
            return user, await _revoke_one(identity, user, id_)
        ended = deleted = Revoked()
        if only_sessions or not only_keys:
            ended = await identity.revoke_sessions().every(user=user, address=COMMAND_LINE)
        if only_keys or not only_sessions:
            deleted = await identity.revoke_api_keys().every(user=user, address=COMMAND_LINE)
        return user, Revoked(ended.sessions, deleted.api_keys)

    if id_ is not None and (only_sessions or only_keys):
        raise typer.BadParameter("--id names one session or key: leave out --sessions and --keys")
    user, done = run(revoked)
    sentence = f"{user.name} had nothing to revoke." if done == Revoked() else f"The access of {user.name} is revoked."
    report(user, sentence, as_json=as_json, revoked=done)


async def _revoke_one(identity: "IdentityContainer", user: User, id_: UUID) -> Revoked:
    try:
        await identity.revoke_sessions().one(user=user, session_id=id_, address=COMMAND_LINE)
    except NoSuchObject:
        try:
            await identity.revoke_api_keys().one(user=user, key_id=id_, address=COMMAND_LINE)
        except NoSuchObject as error:
            raise NoSuchObject(f"{user.name} has no session and no API key with this id") from error
        return Revoked(api_keys=1)
    return Revoked(sessions=1)


def _session_fields(session: Session) -> dict[str, object]:
    return {
        "id": str(session.id),
        "created_at": int(session.created_at),
        "last_used_at": int(session.last_used_at),
        "expires_at": int(session.expires_at),
        "address": session.address,
        "user_agent": session.user_agent,
    }


def _key_fields(key: ApiKey) -> dict[str, object]:
    return {
        "id": str(key.id),
        "name": key.name,
        "scopes": sorted(key.scopes),
        "created_at": int(key.created_at),
        "expires_at": None if key.expires_at is None else int(key.expires_at),
    }


def _end(at: float | None) -> str:
    return "" if at is None else moment(at)
