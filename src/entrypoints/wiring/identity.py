"""Users, their sessions and API keys, and the rate limits of all requests."""

from typing import TYPE_CHECKING

from dependency_injector import containers, providers

from adapters.argon2.password_hasher import Argon2PasswordHasher
from adapters.memory.rate_limiter import MemoryRateLimiter
from adapters.prometheus.identity_meter import PrometheusIdentityMeter
from application.identity.authenticate import Authenticate
from application.identity.change_password import ChangePassword
from application.identity.confirm_password import ConfirmPassword
from application.identity.create_api_key import CreateApiKey
from application.identity.delete_account import DeleteAccount
from application.identity.find_user import FindUser
from application.identity.list_api_keys import ListApiKeys
from application.identity.list_sessions import ListSessions
from application.identity.list_users import ListUsers
from application.identity.login import Login
from application.identity.logout import Logout
from application.identity.ports.tokens import Tokens
from application.identity.read_audit_log import ReadAuditLog
from application.identity.refresh import Refresh
from application.identity.register import Register
from application.identity.reset_password import ResetPassword
from application.identity.revoke_api_keys import RevokeApiKeys
from application.identity.revoke_sessions import RevokeSessions
from application.identity.set_disabled import SetDisabled
from application.identity.set_role import SetRole
from application.identity.unlock import Unlock
from application.identity.verify_own_password import VerifyOwnPassword
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


def _tokens(secret: bytes, clock: Clock) -> Tokens:
    from adapters.jwt.tokens import JwtTokens  # noqa: PLC0415 -- 4 MB with what it imports, before anyone signs in

    return JwtTokens(secret=secret, clock=clock)


class IdentityContainer(containers.DeclarativeContainer):
    """`jwt_secret` is needed only for tokens. If `redis` is None, each process counts requests on its own."""

    core = providers.DependenciesContainer()
    storage = providers.DependenciesContainer()
    jwt_secret = providers.Dependency(instance_of=bytes)
    redis: providers.Dependency["RedisConnection | None"] = providers.Dependency()

    hasher = providers.Singleton(Argon2PasswordHasher)
    meter = providers.Singleton(PrometheusIdentityMeter, registry=core.metrics)
    tokens = providers.Singleton(_tokens, secret=jwt_secret, clock=core.clock)
    rate_limiter = providers.Singleton(
        _rate_limiter, limits=providers.Callable(rate_limits, core.settings), clock=core.clock, redis=redis
    )
    register = providers.Singleton(Register, database=storage.database, hasher=hasher, clock=core.clock)
    login = providers.Singleton(
        Login, database=storage.database, hasher=hasher, tokens=tokens, clock=core.clock, meter=meter
    )
    refresh = providers.Singleton(Refresh, database=storage.database, tokens=tokens, clock=core.clock)
    authenticate = providers.Singleton(Authenticate, database=storage.database, tokens=tokens, clock=core.clock)
    logout = providers.Singleton(Logout, database=storage.database, clock=core.clock)
    verify_own_password = providers.Singleton(
        VerifyOwnPassword, database=storage.database, hasher=hasher, clock=core.clock, meter=meter
    )
    change_password = providers.Singleton(
        ChangePassword, database=storage.database, hasher=hasher, verify=verify_own_password, clock=core.clock
    )
    confirm_password = providers.Singleton(
        ConfirmPassword, database=storage.database, verify=verify_own_password, clock=core.clock
    )
    delete_account = providers.Singleton(
        DeleteAccount, database=storage.database, verify=verify_own_password, clock=core.clock
    )
    create_api_key = providers.Singleton(CreateApiKey, database=storage.database, clock=core.clock)
    list_api_keys = providers.Singleton(ListApiKeys, database=storage.database)
    revoke_api_keys = providers.Singleton(RevokeApiKeys, database=storage.database, clock=core.clock)
    list_sessions = providers.Singleton(ListSessions, database=storage.database, clock=core.clock)
    revoke_sessions = providers.Singleton(RevokeSessions, database=storage.database, clock=core.clock)
    find_user = providers.Singleton(FindUser, database=storage.database)
    list_users = providers.Singleton(ListUsers, database=storage.database, clock=core.clock)
    read_audit_log = providers.Singleton(ReadAuditLog, database=storage.database)
    set_disabled = providers.Singleton(SetDisabled, database=storage.database, clock=core.clock)
    set_role = providers.Singleton(SetRole, database=storage.database, clock=core.clock)
    unlock = providers.Singleton(Unlock, database=storage.database, clock=core.clock)
    reset_password = providers.Singleton(ResetPassword, database=storage.database, hasher=hasher, clock=core.clock)
