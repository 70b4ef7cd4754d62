"""How many lines of batches a user may send, or an address while conversions are open to everyone."""

from aiohttp import web

from application.ports.rate_limiter import Group
from domain.errors import TooManyRequests
from entrypoints.http.server.app_keys import CALLER, CONTAINER
from entrypoints.http.server.rate_limiting import by_address, by_user


async def count_batch(request: web.Request) -> None:
    """Count the first line, before any is read. Raises `TooManyRequests`."""
    allowance = await request.app[CONTAINER].rate_limits().rate_limiter().count(Group.BATCH, _who(request))
    if allowance is not None and not allowance.is_allowed:
        raise TooManyRequests("too many lines of batches in too short a time", allowance.reset_seconds)


async def count_other_lines(request: web.Request, lines: int) -> None:
    """Count the others of a batch, which is answered even if they exceed what is left."""
    if lines > 1:
        limiter = request.app[CONTAINER].rate_limits().rate_limiter()
        await limiter.count(Group.BATCH, _who(request), lines - 1, is_accepted=True)


def _who(request: web.Request) -> str:
    caller = request.get(CALLER)
    return by_address(request) if caller is None else by_user(caller)
