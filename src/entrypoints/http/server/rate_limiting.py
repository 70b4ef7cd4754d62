"""Counts requests against rate limits, and makes the headers that say what is left."""

import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiohttp import web

from application.ports.rate_limiter import Allowance, Group
from domain.errors import TooManyRequests
from domain.identity.caller import Caller
from entrypoints.http.server.app_keys import CONTAINER, PROBLEM_TABLE
from entrypoints.http.server.client_address import TrustedProxy, client_address
from entrypoints.http.server.problems import INTERNAL_ERROR, Problem

TRUSTED_PROXIES: web.AppKey[Sequence[TrustedProxy]] = web.AppKey("trusted_proxies")

# Set on a request that was counted, so that its handler can count it as more than one.
_COUNTED = web.RequestKey("counted", tuple[Group, str, dict[str, str]])

POLICY_HEADER = "RateLimit-Policy"
REMAINING_HEADER = "RateLimit"


def address_of(request: web.Request) -> str:
    """Return the client's address, for rate limits and the audit log."""
    return client_address(request, request.app[TRUSTED_PROXIES])


def by_address(request: web.Request) -> str:
    """Name the address that a request is counted by."""
    return f"address {address_of(request)}"


def by_user(caller: Caller) -> str:
    """Name what a request is counted by: the user. A count for each key would let a user multiply it by more keys."""
    return f"user {caller.user.id.hex}"


@asynccontextmanager
async def rate_limited(request: web.Request, group: Group, who: str) -> AsyncIterator[dict[str, str]]:
    """Count the request. Gives the headers for its answer, and adds them to a problem raised inside.

    Raises `Problem` when `who` has made too many requests.
    """
    allowance = await request.app[CONTAINER].rate_limits().rate_limiter().count(group, who)
    headers = {} if allowance is None else _headers(group, allowance)
    request[_COUNTED] = group, who, headers
    try:
        _reject_too_many(allowance)
        yield headers
    except Exception as error:
        problem = request.app[PROBLEM_TABLE].problem_of(error)
        if problem.kind is INTERNAL_ERROR:
            raise
        raise Problem(problem.kind, problem.detail, problem.more, {**problem.headers, **headers}) from error


async def count_as(request: web.Request, requests: int) -> None:
    """Count a request that was counted once as several; it is answered even if they exceed what is left."""
    if requests <= 1 or _COUNTED not in request:
        return
    group, who, headers = request[_COUNTED]
    allowance = (
        await request.app[CONTAINER].rate_limits().rate_limiter().count(group, who, requests - 1, is_accepted=True)
    )
    if allowance is not None:
        headers |= _headers(group, allowance)


def _reject_too_many(allowance: Allowance | None) -> None:
    if allowance is not None and not allowance.is_allowed:
        raise TooManyRequests("too many requests in too short a time", allowance.reset_seconds)


def _headers(group: Group, allowance: Allowance) -> dict[str, str]:
    limit, reset = allowance.limit, math.ceil(allowance.reset_seconds)
    return {
        POLICY_HEADER: f'"{group}";q={limit.requests};w={limit.seconds}',
        REMAINING_HEADER: f'"{group}";r={allowance.remaining};t={reset}',
    }
