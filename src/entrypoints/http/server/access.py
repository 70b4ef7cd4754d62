"""Who may come in, and how often: wrapped around the handlers that need to know, so that others pay nothing for it."""

import math
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from aiohttp import web
from aiohttp.hdrs import AUTHORIZATION
from aiohttp.typedefs import Handler

from application.ports.rate_limiter import Allowance, Group
from domain.errors import DatabaseUnavailable, TooManyRequests
from domain.identity.api_key import Scope
from domain.identity.caller import Caller
from domain.identity.errors import InvalidCredentials, NotAllowed
from entrypoints.http.server.client_address import Network, client_address
from entrypoints.http.server.keys import IDENTITY, KNOWN_CREDENTIALS
from entrypoints.http.server.problems import INTERNAL_ERROR, Problem, problem_of

KEY_HEADER = "X-API-Key"

CallersHandler = Callable[[web.Request, Caller], Awaitable[web.StreamResponse]]

TRUSTED_PROXIES: web.AppKey[Sequence[Network]] = web.AppKey("trusted_proxies")


def address_of(request: web.Request) -> str:
    """Return the address that a request is counted and told of by."""
    return client_address(request, request.app[TRUSTED_PROXIES])


def limited(group: Group, handler: Handler) -> Handler:
    """Have `handler` called no oftener than an address may."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await _answered(request, group, _address_name(request), lambda: handler(request))

    return handle


def limited_by_caller(group: Group, handler: Handler) -> Handler:
    """Have `handler`, which is open to all, called no oftener than a key or a user may who says so, or else an address.

    What proves nothing, be it for want of the database, is passed over, as it is where nothing is counted.
    """

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            who = by_key_or_user(await _caller(request))
        except (InvalidCredentials, Problem, DatabaseUnavailable):
            who = _address_name(request)
        return await _answered(request, group, who, lambda: handler(request))

    return handle


def by_key_or_user(caller: Caller) -> str:
    """Return what a caller is counted as: each key by itself, and the user with all tokens."""
    return by_user(caller) if caller.key_id is None else f"key {caller.key_id.hex}"


def by_user(caller: Caller) -> str:
    """Return what a caller is counted as where all keys of a user share what the user may."""
    return f"user {caller.user.id.hex}"


def open_to(
    scope: Scope | None, group: Group, handler: CallersHandler, counted: Callable[[Caller], str] = by_key_or_user
) -> Handler:
    """Have `handler` called only for who may: a key that has `scope`, or a user who signed in.

    None is for what only a user may do who signed in: a key can neither make keys nor remove the account that it is of.
    """

    async def handle(request: web.Request) -> web.StreamResponse:
        caller = await _caller(request)
        return await _answered(request, group, counted(caller), partial(_allowed, request, caller, scope, handler))

    return handle


def without_caller(handler: Handler) -> CallersHandler:
    """Adapt a handler that answers everyone alike."""

    async def handle(request: web.Request, _: Caller) -> web.StreamResponse:
        return await handler(request)

    return handle


async def _caller(request: web.Request) -> Caller:
    """Return who asks. Raises `InvalidCredentials`, `Problem` or `DatabaseUnavailable`.

    What was not good the last time is counted, by address, before it is looked up: guessing costs the database so much
    and no more. Who comes again with what is good goes on, even where a neighbour behind the same address guesses.
    """
    header, credential = _credential(request)
    known = request.app[KNOWN_CREDENTIALS]
    if known.has(credential):
        try:
            return await _looked_up(request, header, credential)
        except InvalidCredentials:
            known.forget(credential)
            raise
    allowance = await _counted(request, Group.CREDENTIALS, _address_name(request))
    with _told(Group.CREDENTIALS, allowance):
        _refuse_too_many(allowance)
        caller = await _looked_up(request, header, credential)
    known.remember(credential)
    return caller


def _credential(request: web.Request) -> tuple[str, str]:
    """Return the header that is to prove who asks, and what it says."""
    authorization = request.headers.getall(AUTHORIZATION, [])
    keys = request.headers.getall(KEY_HEADER, [])
    if len(authorization) + len(keys) != 1:
        raise InvalidCredentials(f"send one of {AUTHORIZATION}: Bearer and {KEY_HEADER}, once")
    if keys:
        return KEY_HEADER, keys[0]
    scheme, _, token = authorization[0].partition(" ")
    if scheme.lower() != "bearer":
        raise InvalidCredentials(f"the {AUTHORIZATION} header must be of the Bearer scheme")
    return AUTHORIZATION, token.strip()


async def _looked_up(request: web.Request, header: str, credential: str) -> Caller:
    authenticate = request.app[IDENTITY].authenticate()
    return await (authenticate.by_key(credential) if header == KEY_HEADER else authenticate.by_token(credential))


async def _allowed(
    request: web.Request, caller: Caller, scope: Scope | None, handler: CallersHandler
) -> web.StreamResponse:
    if scope is None and caller.session_id is None:
        raise NotAllowed("only a user who signed in may do this, and no key")
    if scope is not None and scope not in caller.scopes:
        raise NotAllowed(f"the key lacks the scope {scope}")
    return await handler(request, caller)


def _address_name(request: web.Request) -> str:
    return f"address {address_of(request)}"


async def _counted(request: web.Request, group: Group, who: str) -> Allowance | None:
    return await request.app[IDENTITY].rate_limiter().count(group, who)


async def _answered(
    request: web.Request, group: Group, who: str, answer: Callable[[], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Count the request and answer it, or refuse who asks too often; either way tell how often one may ask."""
    allowance = await _counted(request, group, who)
    with _told(group, allowance):
        _refuse_too_many(allowance)
        response = await answer()
    response.headers.update(_headers(group, allowance))
    return response


def _refuse_too_many(allowance: Allowance | None) -> None:
    if allowance is not None and not allowance.is_allowed:
        raise TooManyRequests("too many requests in too short a time", allowance.reset_seconds)


@contextmanager
def _told(group: Group, allowance: Allowance | None) -> Iterator[None]:
    """Have whatever problem comes of this tell how often one may ask."""
    try:
        yield
    except Exception as error:
        problem = problem_of(error)
        if problem.kind is INTERNAL_ERROR:
            raise
        headers = {**problem.headers, **_headers(group, allowance)}
        raise Problem(problem.kind, problem.detail, problem.more, headers) from error


def _headers(group: Group, allowance: Allowance | None) -> dict[str, str]:
    if allowance is None:
        return {}
    limit, reset = allowance.limit, math.ceil(allowance.reset_seconds)
    return {
        "RateLimit-Policy": f'"{group}";q={limit.requests};w={limit.seconds}',
        "RateLimit": f'"{group}";r={allowance.remaining};t={reset}',
    }
