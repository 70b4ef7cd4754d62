"""How often one address may ask for prices that are fetched for it, while conversions are open to everyone."""

from aiohttp import web

from application.ports.rate_limiter import Group
from domain.errors import TooManyRequests
from entrypoints.http.server.app_keys import CONTAINER
from entrypoints.http.server.client_address import client_address
from entrypoints.http.server.rate_limiting import TRUSTED_PROXIES

IS_LATEST_LIMITED = web.AppKey("is_latest_limited", bool)


async def count_latest(request: web.Request, app: web.Application, cache_max_seconds: int | None) -> None:
    """Count a conversion, or a batch, that needs a fetch of its own. Raises `TooManyRequests`."""
    if cache_max_seconds or not app[IS_LATEST_LIMITED]:
        return
    address = client_address(request, app[TRUSTED_PROXIES])
    allowance = await app[CONTAINER].rate_limits().rate_limiter().count(Group.LATEST, f"address {address}")
    if allowance is not None and not allowance.is_allowed:
        detail = "too many conversions with the latest prices in too short a time; accept older ones, or wait"
        raise TooManyRequests(detail, allowance.reset_seconds)
