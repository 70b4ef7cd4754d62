"""How often whoever may ask: the rate limits of all requests."""

from typing import TYPE_CHECKING

from dependency_injector import containers, providers

from adapters.memory.rate_limiter import MemoryRateLimiter
from application.ports.clock import Clock
from application.ports.rate_limiter import Group, RateLimit, RateLimiter
from entrypoints.settings.settings import Settings

if TYPE_CHECKING:
    from adapters.redis.connection import RedisConnection

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


def rate_limits(settings: Settings) -> dict[Group, RateLimit]:
    """Return the limits that the settings name; a group that is `off` has none."""
    named = {
        Group.CONVERT: settings.rate_limit_convert,
        Group.LATEST: settings.rate_limit_latest,
        Group.BATCH: settings.rate_limit_batch,
        Group.AUTHENTICATE: settings.rate_limit_authenticate,
        Group.ACCOUNT: settings.rate_limit_account,
        Group.QUOTES: settings.rate_limit_quotes,
        Group.RECORD: settings.rate_limit_record,
        Group.WALLETS: settings.rate_limit_wallets,
        Group.ORDERS: settings.rate_limit_orders,
        Group.CREDENTIALS: settings.rate_limit_credentials,
    }
    limits = {}
    for group, text in named.items():
        requests, _, unit = text.partition("/")
        if unit:
            limits[group] = RateLimit(int(requests), _SECONDS[unit])
    return limits


def _rate_limiter(limits: dict[Group, RateLimit], clock: Clock, redis: "RedisConnection | None") -> RateLimiter:
    local = MemoryRateLimiter(limits, clock)
    if redis is None:
        return local
    from adapters.redis.rate_limiter import RedisRateLimiter  # noqa: PLC0415 -- slow to import, and not always needed

    return RedisRateLimiter(limits, redis, local, clock)


class RateLimitsContainer(containers.DeclarativeContainer):
    """If `redis` is None, each process counts requests on its own."""

    core = providers.DependenciesContainer()
    redis: providers.Dependency["RedisConnection | None"] = providers.Dependency()

    rate_limiter = providers.Singleton(
        _rate_limiter, limits=providers.Callable(rate_limits, core.settings), clock=core.clock, redis=redis
    )
