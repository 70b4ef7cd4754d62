"""Who makes a request, by the credentials that it carries."""

from aiohttp import web

from application.ports.rate_limiter import Group
from domain.identity.caller import Caller
from domain.identity.errors import InvalidCredentials
from entrypoints.http.server.access.presented_credentials import Credential, credential_of
from entrypoints.http.server.app_keys import IDENTITY, VERIFIED_CREDENTIALS
from entrypoints.http.server.rate_limiting import by_address, rate_limited


async def authenticated(request: web.Request) -> Caller:
    """Return the caller. Raises `InvalidCredentials`, `Problem` or `DatabaseUnavailable`.

    Credentials that were not valid the last time count against the address before they are looked up, which bounds what
    guessing costs the database. Returning callers are not counted: guesses from their address never lock them out.
    """
    credential = credential_of(request, request.app[IDENTITY].authenticate().is_own_token)
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
    authenticate = request.app[IDENTITY].authenticate()
    by = authenticate.by_key if credential.is_key else authenticate.by_token
    return await by(credential.text)
