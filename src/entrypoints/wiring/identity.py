"""How the parts of accounts are put together; like `container.py` it names adapters."""

from dependency_injector import containers, providers
from redis.asyncio import Redis

from adapters.argon2.password_hasher import Argon2PasswordHasher
from adapters.jwt.tokens import JwtTokens
from adapters.limits.rate_limiter import LimitsRateLimiter
from application.identity.administer import ListUsers, ReadAuditLog, ResetPassword, SetDisabled
from application.identity.api_keys import CreateApiKey, DeleteApiKey, ListApiKeys
from application.identity.authenticate import Authenticate
from application.identity.leave import DeleteAccount, Logout
from application.identity.login import Login
from application.identity.refresh import Refresh
from application.identity.register import Register
from application.ports.clock import Clock
from application.ports.database import Database
from application.ports.rate_limiter import Group, RateLimit
from entrypoints.settings.settings import Settings

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


def rate_limits(settings: Settings) -> dict[Group, RateLimit]:
    """Return the limits that the settings name, and none for a group that is `off`."""
    named = {
        Group.CONVERT: settings.rate_limit_convert,
        Group.AUTHENTICATE: settings.rate_limit_authenticate,
        Group.ACCOUNT: settings.rate_limit_account,
        Group.QUOTES: settings.rate_limit_quotes,
        Group.RECORD: settings.rate_limit_record,
        Group.CREDENTIALS: settings.rate_limit_credentials,
    }
    limits = {}
    for group, text in named.items():
        requests, _, unit = text.partition("/")
        if unit:
            limits[group] = RateLimit(int(requests), _SECONDS[unit])
    return limits


class IdentityContainer(containers.DeclarativeContainer):
    """`redis` is None where each process counts requests for itself."""

    settings = providers.Dependency(instance_of=Settings)
    secret = providers.Dependency(instance_of=bytes)
    database: providers.Dependency[Database] = providers.Dependency()
    clock: providers.Dependency[Clock] = providers.Dependency()
    redis: providers.Dependency[Redis | None] = providers.Dependency(default=None)

    hasher = providers.Singleton(Argon2PasswordHasher)
    tokens = providers.Singleton(JwtTokens, secret=secret, clock=clock)
    rate_limiter = providers.Singleton(
        LimitsRateLimiter,
        limits=providers.Callable(rate_limits, settings),
        pool=providers.Callable(lambda redis: None if redis is None else redis.connection_pool, redis),
    )
    register = providers.Singleton(Register, database=database, hasher=hasher, clock=clock)
    login = providers.Singleton(Login, database=database, hasher=hasher, tokens=tokens, clock=clock)
    refresh = providers.Singleton(Refresh, database=database, tokens=tokens, clock=clock)
    authenticate = providers.Singleton(Authenticate, database=database, tokens=tokens, clock=clock)
    logout = providers.Singleton(Logout, database=database, clock=clock)
    delete_account = providers.Singleton(DeleteAccount, database=database, clock=clock)
    create_api_key = providers.Singleton(CreateApiKey, database=database, clock=clock)
    list_api_keys = providers.Singleton(ListApiKeys, database=database)
    delete_api_key = providers.Singleton(DeleteApiKey, database=database, clock=clock)
    list_users = providers.Singleton(ListUsers, database=database)
    read_audit_log = providers.Singleton(ReadAuditLog, database=database)
    set_disabled = providers.Singleton(SetDisabled, database=database, clock=clock)
    reset_password = providers.Singleton(ResetPassword, database=database, hasher=hasher, clock=clock)
