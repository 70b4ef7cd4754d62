"""Lock the caller's user, and make sure that nothing has been revoked since the request was authenticated."""

from application.identity.ports.repositories import IdentityRepositories
from domain.identity.caller import Caller
from domain.identity.errors import InvalidCredentials


async def lock_caller(unit: IdentityRepositories, caller: Caller) -> None:
    """Lock the user until this unit of work ends.

    Raises `InvalidCredentials` if the account or the session has changed since: a stolen session that is being revoked
    must leave nothing behind. Raises `NotAllowed` for an API key.
    """
    session_id = caller.own_session()
    user = await unit.users.find_by_name(caller.user.name, for_change=True)
    if user != caller.user or await unit.sessions.find(session_id) is None:
        raise InvalidCredentials("the account or the session has just changed")
