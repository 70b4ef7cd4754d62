"""Who makes a request, by the credentials that it carries."""

from aiohttp import web

from application.ports.rate_limiter import Group
from domain.identity.caller import Caller
from domain.identity.errors import InvalidCredentials
from entrypoints.http.server.access.presented_credentials import Credential, credential_of, is_read_only
from entrypoints.http.server.access.session_cookies import SESSION_HEADER
from entrypoints.http.server.app_keys import CONTAINER, VERIFIED_CREDENTIALS
from entrypoints.http.server.rate_limiting import by_address, rate_limited


async def authenticated(request: web.Request) -> Caller:
    """Return the caller. Raises `InvalidCredentials`, `Problem` or `DatabaseUnavailable`.

    Credentials that were not valid the last time count against the address before they are looked up, which bounds what
    guessing costs the database. Returning callers are not counted: guesses from their address never lock them out.
    """
    credential = credential_of(request, request.app[CONTAINER].identity().authenticate().is_own_token)
    verified = request.app[VERIFIED_CREDENTIALS]
    if credential.text in verified:
        try:
            return await _looked_up(request, credential)
        except InvalidCredentials:
            verified.discard(credential.text)
            raise
    async with rate_limited(request, Group.CREDENTIALS, by_address(request)):
        caller = await _looked_up(request, credential)
    verified.add(credential.text)
    return caller


async def _looked_up(request: web.Request, credential: Credential) -> Caller:
    authenticate = request.app[CONTAINER].identity().authenticate()
    by = authenticate.by_key if credential.is_key else authenticate.by_token
    caller = await by(credential.text)
    if credential.is_cookie:
        _check_session_is_meant(request, caller)
    return caller


def _check_session_is_meant(request: web.Request, caller: Caller) -> None:
    """Raise `InvalidCredentials` unless a change names the session, so that the page knows whose money it moves.

    No other site can send the header, nor knows the id; and a page that is still open after another user has signed in
    changes nothing of theirs. What only reads need not name the session, but does not name another one.
    """
    named = request.headers.getall(SESSION_HEADER, [])
    is_meant = bool(named) or is_read_only(request)
    if not is_meant or any(each != str(caller.session_id) for each in named):
        raise InvalidCredentials(
            f"another session than the cookie's; send the id of the cookie's session as {SESSION_HEADER}"
        )
