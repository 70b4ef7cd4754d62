"""The page's session, kept in cookies that no script can read. Programs use tokens instead."""

from functools import partial

from aiohttp import web

from application.identity.issue_token_pair import TokenPair
from application.ports.rate_limiter import Group
from domain.identity.caller import Caller
from domain.identity.errors import InvalidCredentials, NotAllowed
from entrypoints.http.identity import examples
from entrypoints.http.identity.schemas import LoginCredentials
from entrypoints.http.identity.session_schemas import PageSession
from entrypoints.http.identity.user_agent import user_agent_of
from entrypoints.http.server.access.caller import authenticated
from entrypoints.http.server.access.guard import LimitedByAddress
from entrypoints.http.server.access.problems import FORBIDDEN, UNAUTHENTICATED
from entrypoints.http.server.access.session_cookies import (
    ACCESS_COOKIE,
    REFRESH_COOKIE,
    delete_session_cookies,
    is_from_own_page,
    is_tls_hidden,
    session_cookie,
    session_cookies,
    set_session_cookies,
)
from entrypoints.http.server.app_keys import CONTAINER
from entrypoints.http.server.endpoint import Endpoint
from entrypoints.http.server.json_response import json_response
from entrypoints.http.server.problems import Problem
from entrypoints.http.server.rate_limiting import address_of
from entrypoints.http.server.request_body import request_in_body

_PATH = "/api/v1/session"

# Each is looked up in the database. Browsers have one, or two if another host has planted one.
MOST_ENDED = 4

_endpoint = partial(Endpoint, tag="Authentication")
_limited = LimitedByAddress(Group.AUTHENTICATE)


async def get_session(request: web.Request) -> web.Response:
    """Say who is signed in, if anybody is."""
    return json_response(_described(request, await _caller_if_any(request)))


GET = _endpoint(
    method="GET",
    path=_PATH,
    handler=get_session,
    access=LimitedByAddress(Group.ACCOUNT),
    id="session",
    summary="Show the page's session",
    description="Answers 200 whether anybody is signed in or not.",
    answer=PageSession,
    answer_examples=examples.PAGE_SESSIONS,
)


async def post_session(request: web.Request) -> web.Response:
    """Begin a session, and end the one that it replaces."""
    _reject_other_sites(request)
    _reject_hidden_tls(request)
    session_cookie(request, ACCESS_COOKIE)  # raises for two: neither would be accepted afterwards
    asked = await request_in_body(request, LoginCredentials)
    login = request.app[CONTAINER].identity().login()
    tokens = await login(
        username=asked.username,
        password=asked.password,
        address=address_of(request),
        user_agent=user_agent_of(request),
    )
    await _end_session_of_cookie(request)
    return await _signed_in(request, tokens)


POST = _endpoint(
    method="POST",
    path=_PATH,
    handler=post_session,
    access=_limited,
    id="beginSession",
    summary="Sign in with cookies",
    description="For pages of this service's own origin, in place of `POST /authenticate/login`, with the same limits. "
    "The tokens are in cookies that no script can read. Ends the session of the cookies that came with the request.",
    body=LoginCredentials,
    body_examples=examples.CREDENTIALS,
    answer=PageSession,
    answer_examples=examples.PAGE_SESSIONS,
    problems=(UNAUTHENTICATED, FORBIDDEN),
    writes=True,
)


async def refresh_session(request: web.Request) -> web.Response:
    """Exchange the cookies for the next ones."""
    _reject_other_sites(request)
    _reject_hidden_tls(request)
    return await _signed_in(request, await _refreshed(request))


REFRESH = _endpoint(
    method="POST",
    path=f"{_PATH}/refresh",
    handler=refresh_session,
    access=_limited,
    id="refreshSession",
    summary="Stay signed in with cookies",
    description="Like `POST /authenticate/refresh`, with the refresh token of the cookie.",
    answer=PageSession,
    answer_examples=examples.PAGE_SESSIONS,
    problems=(UNAUTHENTICATED, FORBIDDEN),
    writes=True,
)


async def delete_session(request: web.Request) -> web.Response:
    """End the session, whatever is left of it, and delete its cookies."""
    _reject_other_sites(request)
    await _end_session_of_cookie(request)
    response = web.Response(status=204)
    delete_session_cookies(request, response)
    return response


DELETE = _endpoint(
    method="DELETE",
    path=_PATH,
    handler=delete_session,
    access=_limited,
    id="endPageSession",
    summary="Sign out with cookies",
    description="Invalidates the tokens and deletes the cookies, also those that have expired.",
    answer=None,
    status=204,
    problems=(FORBIDDEN,),
    writes=True,
)

ENDPOINTS = (GET, POST, REFRESH, DELETE)


def _reject_other_sites(request: web.Request) -> None:
    """Raise `NotAllowed` where another site's page signs somebody in or out unasked."""
    if not is_from_own_page(request):
        raise NotAllowed(
            "with cookies, only the service's own page may sign in or out; if this is it, the proxy must pass Host on "
            "and, where the page came by https, X-Forwarded-Proto"
        )


def _reject_hidden_tls(request: web.Request) -> None:
    """Raise `NotAllowed` where the cookies would lack `Secure` though the page came by https."""
    if is_tls_hidden(request):
        raise NotAllowed(
            "the page came by https from a host that this request does not name: the proxy must pass Host on, or "
            "X-Forwarded-Proto and be in CROSSRATE_TRUSTED_PROXIES"
        )


async def _caller_if_any(request: web.Request) -> Caller | None:
    try:
        return await authenticated(request)
    except InvalidCredentials:
        return None
    except Problem as problem:  # what counts against a limit is one already
        if problem.kind is not UNAUTHENTICATED:
            raise
        return None


async def _refreshed(request: web.Request) -> TokenPair:
    token = session_cookie(request, REFRESH_COOKIE)
    if token is None:
        raise InvalidCredentials("there is no session to continue; sign in")
    return await _refreshed_by(request, token)


async def _refreshed_by(request: web.Request, token: str) -> TokenPair:
    refresh = request.app[CONTAINER].identity().refresh()
    return await refresh(token=token, address=address_of(request), user_agent=user_agent_of(request))


async def _end_session_of_cookie(request: web.Request) -> None:
    # The refresh token names the session for longest. If it was used before, refreshing ends the session by itself.
    # Of several cookies, each names one: another host of the same domain may have planted all but one.
    identity = request.app[CONTAINER].identity()
    for token in session_cookies(request, REFRESH_COOKIE)[:MOST_ENDED]:
        try:
            tokens = await _refreshed_by(request, token)
            caller = await identity.authenticate().by_token(tokens.access_token)
        except InvalidCredentials:
            continue
        await identity.logout()(caller=caller, address=address_of(request))


async def _signed_in(request: web.Request, tokens: TokenPair) -> web.Response:
    caller = await request.app[CONTAINER].identity().authenticate().by_token(tokens.access_token)
    response = json_response(_described(request, caller))
    set_session_cookies(request, response, tokens)
    return response


def _described(request: web.Request, caller: Caller | None) -> PageSession:
    may_refresh = caller is None and len(session_cookies(request, REFRESH_COOKIE)) == 1
    return PageSession.of(
        caller, may_refresh=may_refresh, is_registration_open=request.app[CONTAINER].settings().open_registration
    )
