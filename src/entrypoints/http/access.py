"""Who may come in, and how often: wrapped around the handlers that need to know, so that others pay nothing for it."""

import math
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from aiohttp import web
from aiohttp.typedefs import Handler

from application.ports.rate_limiter import Allowance, Group
from domain.account import Caller, Scope
from domain.errors import CrossrateError, InvalidCredentials, NotAllowed, TooManyRequests
from entrypoints.http.client_address import Network, client_address
from entrypoints.http.keys import ACCOUNTS
from entrypoints.http.problems import INTERNAL_ERROR, Problem, problem_of

KEY_HEADER = "X-API-Key"

CallersHandler = Callable[[web.Request, Caller], Awaitable[web.StreamResponse]]

TRUSTED_PROXIES: web.AppKey[Sequence[Network]] = web.AppKey("trusted_proxies")


def address_of(request: web.Request) -> str:
    """Return the address that a request is counted and told of by."""
    return client_address(request, request.app[TRUSTED_PROXIES])


def limited(group: Group, handler: Handler) -> Handler:
    """Have `handler` called no oftener than an address may."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await _answered(request, group, f"address {address_of(request)}", lambda: handler(request))

    return handle


def open_to(scope: Scope | None, group: Group, handler: CallersHandler) -> Handler:
    """Have `handler` called only for who may: a key that has `scope`, or a user who signed in.

    None is for what only a user may do who signed in: a key can neither make keys nor remove the account that it is of.
    """

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            caller = await _caller(request)
        except InvalidCredentials as error:  # guesses are counted too, by address
            return await _answered(request, group, f"address {address_of(request)}", partial(_refused, error))
        return await _answered(request, group, _name_of(caller), partial(_allowed, request, caller, scope, handler))

    return handle


def without_caller(handler: Handler) -> CallersHandler:
    """Adapt a handler that answers everyone alike."""

    async def handle(request: web.Request, _: Caller) -> web.StreamResponse:
        return await handler(request)

    return handle


async def _caller(request: web.Request) -> Caller:
    authorization = request.headers.getall("Authorization", [])
    keys = request.headers.getall(KEY_HEADER, [])
    if len(authorization) + len(keys) != 1:
        raise InvalidCredentials(f"send one of Authorization: Bearer and {KEY_HEADER}, once")
    accounts = await request.app[ACCOUNTS]()
    if keys:
        return await accounts.authenticate().by_key(keys[0])
    scheme, _, token = authorization[0].partition(" ")
    if scheme.lower() != "bearer":
        raise InvalidCredentials("the Authorization header must be of the Bearer scheme")
    return await accounts.authenticate().by_token(token.strip())


async def _allowed(
    request: web.Request, caller: Caller, scope: Scope | None, handler: CallersHandler
) -> web.StreamResponse:
    if scope is None and caller.session_id is None:
        raise NotAllowed("only a user who signed in may do this, and no key")
    if scope is not None and scope not in caller.scopes:
        raise NotAllowed(f"the key lacks the scope {scope}")
    return await handler(request, caller)


async def _refused(error: CrossrateError) -> web.StreamResponse:
    raise error


def _name_of(caller: Caller) -> str:
    return f"user {caller.user.id.hex}" if caller.key_id is None else f"key {caller.key_id.hex}"


async def _answered(
    request: web.Request, group: Group, who: str, answer: Callable[[], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Count the request and answer it, or refuse who asks too often; either way tell how often one may ask."""
    accounts = await request.app[ACCOUNTS]()
    allowance = await accounts.rate_limiter().count(group, who)
    if allowance is None:
        return await answer()
    if not allowance.is_allowed:
        error = TooManyRequests("too many requests in too short a time", allowance.reset_seconds)
        answer = partial(_refused, error)
    try:
        response = await answer()
    except Exception as error:
        problem = problem_of(error)
        if problem.kind is INTERNAL_ERROR:
            raise
        headers = {**problem.headers, **_headers(group, allowance)}
        raise Problem(problem.kind, problem.detail, problem.more, headers) from error
    response.headers.update(_headers(group, allowance))
    return response


def _headers(group: Group, allowance: Allowance) -> dict[str, str]:
    limit, reset = allowance.limit, math.ceil(allowance.reset_seconds)
    return {
        "RateLimit-Policy": f'"{group}";q={limit.requests};w={limit.seconds}',
        "RateLimit": f'"{group}";r={allowance.remaining};t={reset}',
    }
