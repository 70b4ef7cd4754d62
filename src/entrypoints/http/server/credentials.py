"""Who makes a request, by the credentials that it carries."""

from aiohttp import web
from aiohttp.hdrs import AUTHORIZATION

from application.ports.rate_limiter import Group
from domain.identity.caller import Caller
from domain.identity.errors import InvalidCredentials
from entrypoints.http.server.keys import IDENTITY, VERIFIED_CREDENTIALS
from entrypoints.http.server.rate_limiting import by_address, rate_limited

KEY_HEADER = "X-API-Key"


async def authenticated(request: web.Request) -> Caller:
    """Return the caller. Raises `InvalidCredentials`, `Problem` or `DatabaseUnavailable`.

    Credentials that were not valid the last time count against the address before they are looked up, which bounds what
    guessing costs the database. Returning callers are not counted: guesses from their address never lock them out.
    """
    header, credential = _credential(request)
    verified = request.app[VERIFIED_CREDENTIALS]
    if credential in verified:
        try:
            return await _looked_up(request, header, credential)
        except InvalidCredentials:
            verified.discard(credential)
            raise
    async with rate_limited(request, Group.CREDENTIALS, by_address(request)):
        caller = await _looked_up(request, header, credential)
    verified.add(credential)
    return caller


def _credential(request: web.Request) -> tuple[str, str]:
    """Return the header that carries the credential, and the credential."""
    authorization = request.headers.getall(AUTHORIZATION, [])
    keys = request.headers.getall(KEY_HEADER, [])
    if len(authorization) + len(keys) != 1:
        raise InvalidCredentials(f"send either {AUTHORIZATION}: Bearer or {KEY_HEADER}, and only once")
    if keys:
        return KEY_HEADER, keys[0]
    scheme, _, token = authorization[0].partition(" ")
    if scheme.lower() != "bearer":
        raise InvalidCredentials(f"the {AUTHORIZATION} header must use the Bearer scheme")
    return AUTHORIZATION, token.strip()


async def _looked_up(request: web.Request, header: str, credential: str) -> Caller:
    authenticate = request.app[IDENTITY].authenticate()
    return await (authenticate.by_key(credential) if header == KEY_HEADER else authenticate.by_token(credential))
