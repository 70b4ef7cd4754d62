"""Registering, signing in and out, and one's own account and keys."""

from uuid import UUID

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel

from application.ports.rate_limiter import Group
from domain.errors import NoSuchObject
from domain.identity.caller import Caller
from domain.identity.errors import RegistrationClosed
from entrypoints.http.identity.schemas import (
    Account,
    ApiKeyList,
    ApiKeyRequest,
    Credentials,
    NewApiKey,
    RefreshRequest,
    TokenResponse,
)
from entrypoints.http.server.access import CallersHandler, address_of, limited, open_to
from entrypoints.http.server.keys import IDENTITY
from entrypoints.http.server.reading import answer_expectation, request_in_body

# The first is the one that is documented; the second was promised to clients that are there already.
PREFIXES = ("/api/v1", "/api")


def account_routes(*, open_registration: bool) -> list[web.RouteDef]:
    """Return the routes, each under both prefixes with the same handler."""
    registering = register if open_registration else refuse_to_register
    handlers = (
        ("POST", "/authenticate/register", limited(Group.AUTHENTICATE, registering)),
        ("POST", "/authenticate/login", limited(Group.AUTHENTICATE, login)),
        ("POST", "/authenticate/refresh", limited(Group.AUTHENTICATE, refresh)),
        ("POST", "/authenticate/logout", _signed_in(logout)),
        ("GET", "/me", _signed_in(get_me)),
        ("DELETE", "/me", _signed_in(delete_me)),
        ("POST", "/api-keys", _signed_in(post_api_key)),
        ("GET", "/api-keys", _signed_in(get_api_keys)),
        ("DELETE", "/api-keys/{id}", _signed_in(delete_api_key)),
    )
    return [
        web.route(method, prefix + path, handler, expect_handler=answer_expectation)
        for prefix in PREFIXES
        for method, path, handler in handlers
    ]


def _signed_in(handler: CallersHandler) -> Handler:
    return open_to(None, Group.ACCOUNT, handler)


async def register(request: web.Request) -> web.Response:
    """Make an account."""
    asked = await request_in_body(request, Credentials)
    identity = request.app[IDENTITY]
    user = await identity.register()(username=asked.username, password=asked.password, address=address_of(request))
    return _json(Account.of(user), status=201)


async def refuse_to_register(_: web.Request) -> web.Response:
    """Make no account, and look at nothing that was sent: whoever comes to a closed door costs as little as can be."""
    raise RegistrationClosed("accounts are made by whoever runs the service, with `crossrate users create`")


async def login(request: web.Request) -> web.Response:
    """Give tokens for a name and a password."""
    asked = await request_in_body(request, Credentials)
    identity = request.app[IDENTITY]
    tokens = await identity.login()(username=asked.username, password=asked.password, address=address_of(request))
    return _json(TokenResponse.of(tokens))


async def refresh(request: web.Request) -> web.Response:
    """Give the next tokens for a refresh token."""
    asked = await request_in_body(request, RefreshRequest)
    identity = request.app[IDENTITY]
    return _json(TokenResponse.of(await identity.refresh()(token=asked.refresh_token, address=address_of(request))))


async def logout(request: web.Request, caller: Caller) -> web.Response:
    """End the session."""
    identity = request.app[IDENTITY]
    await identity.logout()(caller=caller, address=address_of(request))
    return web.Response(status=204)


async def get_me(_: web.Request, caller: Caller) -> web.Response:
    """Tell who asks."""
    return _json(Account.of(caller.user))


async def delete_me(request: web.Request, caller: Caller) -> web.Response:
    """Remove the account."""
    identity = request.app[IDENTITY]
    await identity.delete_account()(caller=caller, address=address_of(request))
    return web.Response(status=204)


async def post_api_key(request: web.Request, caller: Caller) -> web.Response:
    """Make a key, and show it this once."""
    asked = await request_in_body(request, ApiKeyRequest)
    identity = request.app[IDENTITY]
    key, secret = await identity.create_api_key()(
        caller=caller,
        name=asked.name,
        scopes=frozenset(asked.scopes),
        expires_at=asked.expires_at,
        address=address_of(request),
    )
    return _json(NewApiKey.with_secret(key, secret), status=201)


async def get_api_keys(request: web.Request, caller: Caller) -> web.Response:
    """List the caller's keys."""
    identity = request.app[IDENTITY]
    return _json(ApiKeyList.of(await identity.list_api_keys()(caller=caller)))


async def delete_api_key(request: web.Request, caller: Caller) -> web.Response:
    """Delete one of the caller's keys."""
    try:
        key_id = UUID(request.match_info["id"])
    except ValueError as error:
        raise NoSuchObject("there is no such key") from error
    identity = request.app[IDENTITY]
    await identity.delete_api_key()(caller=caller, key_id=key_id, address=address_of(request))
    return web.Response(status=204)


def _json(answer: BaseModel, status: int = 200) -> web.Response:
    return web.Response(body=answer.model_dump_json(exclude_none=True), status=status, content_type="application/json")
