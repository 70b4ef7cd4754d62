"""Registering, signing in and signing out."""

from functools import partial

from aiohttp import web

from application.ports.rate_limiter import Group
from domain.identity.errors import RegistrationClosed
from entrypoints.http.identity import examples
from entrypoints.http.identity.problems import REGISTRATION_CLOSED
from entrypoints.http.identity.schemas import Account, Credentials, LoginCredentials, RefreshRequest, TokenResponse
from entrypoints.http.identity.user_agent import user_agent_of
from entrypoints.http.server.access.guard import LimitedByAddress, SignedIn
from entrypoints.http.server.access.problems import UNAUTHENTICATED
from entrypoints.http.server.app_keys import CALLER, CONTAINER
from entrypoints.http.server.common_problems import CONFLICT
from entrypoints.http.server.endpoint import Endpoint
from entrypoints.http.server.idempotency import KeyUse, answered_once
from entrypoints.http.server.json_response import json_response
from entrypoints.http.server.rate_limiting import address_of
from entrypoints.http.server.request_body import request_in_body

_authentication = partial(Endpoint, method="POST", tag="Authentication", writes=True)
_anonymous = partial(_authentication, access=LimitedByAddress(Group.AUTHENTICATE))


async def register(request: web.Request) -> web.Response:
    """Create an account."""
    # Checked first: a rejected request should cost as little as possible.
    if not request.app[CONTAINER].settings().open_registration:
        raise RegistrationClosed("the operator creates accounts, with `crossrate users create`")
    asked = await request_in_body(request, Credentials)
    register = partial(
        request.app[CONTAINER].identity().register(),
        username=asked.username,
        password=asked.password,
        address=address_of(request),
        is_at_address=True,
    )
    return await answered_once(
        request, lambda once: register(once=once), lambda user: json_response(Account.of(user), status=201)
    )


REGISTER = _anonymous(
    path="/api/v1/authenticate/register",
    handler=register,
    id="register",
    summary="Create an account",
    description="Where registration is closed, only the operator can create accounts. The password must be neither a "
    "common one nor the username, nor nearly one of these.",
    body=Credentials,
    body_examples=examples.CREDENTIALS,
    answer=Account,
    answer_examples=examples.ACCOUNT,
    status=201,
    problems=(REGISTRATION_CLOSED, CONFLICT),
    idempotency_key=KeyUse.ACCEPTED,
)


async def login(request: web.Request) -> web.Response:
    """Answer with tokens for a username and password."""
    asked = await request_in_body(request, LoginCredentials)
    identity = request.app[CONTAINER].identity()
    tokens = await identity.login()(
        username=asked.username,
        password=asked.password,
        address=address_of(request),
        user_agent=user_agent_of(request),
    )
    return json_response(TokenResponse.of(tokens))


LOGIN = _anonymous(
    path="/api/v1/authenticate/login",
    handler=login,
    id="login",
    summary="Sign in",
    description="After 5 failed logins to an account from an address within 15 minutes, further ones from there are "
    "rejected for a while; after more of them, for hours. So are logins after many failures from an address, a network "
    "or for an account, except from where the user has signed in within 30 days.",
    body=LoginCredentials,
    body_examples=examples.CREDENTIALS,
    answer=TokenResponse,
    answer_examples=examples.TOKENS,
    problems=(UNAUTHENTICATED,),
)


async def refresh(request: web.Request) -> web.Response:
    """Answer with the next tokens for a refresh token."""
    asked = await request_in_body(request, RefreshRequest)
    identity = request.app[CONTAINER].identity()
    tokens = await identity.refresh()(
        token=asked.refresh_token, address=address_of(request), user_agent=user_agent_of(request)
    )
    return json_response(TokenResponse.of(tokens))


REFRESH = _anonymous(
    path="/api/v1/authenticate/refresh",
    handler=refresh,
    id="refresh",
    summary="Stay signed in",
    description="A refresh token works once. Repeating the newest one within 10 seconds gets the same next token. Any "
    "other repeat ends its session and invalidates all tokens of it.",
    body=RefreshRequest,
    body_examples=examples.REFRESH,
    answer=TokenResponse,
    answer_examples=examples.TOKENS,
    problems=(UNAUTHENTICATED,),
)


async def logout(request: web.Request) -> web.Response:
    """End the session."""
    identity = request.app[CONTAINER].identity()
    await identity.logout()(caller=request[CALLER], address=address_of(request))
    return web.Response(status=204)


LOGOUT = _authentication(
    path="/api/v1/authenticate/logout",
    handler=logout,
    access=SignedIn(Group.ACCOUNT),
    id="logout",
    summary="Sign out and invalidate the session's tokens",
    answer=None,
    status=204,
)

ENDPOINTS = (REGISTER, LOGIN, REFRESH, LOGOUT)
