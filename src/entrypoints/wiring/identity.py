"""Users, their sessions and API keys."""

from contextlib import AsyncExitStack

from dependency_injector import containers, providers

from adapters.argon2.password_hasher import MEMORY_KIBIBYTES, Argon2PasswordHasher
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


def _hasher(closing: AsyncExitStack) -> Argon2PasswordHasher:
    hasher = Argon2PasswordHasher(MEMORY_KIBIBYTES)
    closing.callback(hasher.close)
    return hasher


def _tokens(secret: bytes, clock: Clock) -> Tokens:
    from adapters.jwt.tokens import JwtTokens  # noqa: PLC0415 -- 4 MB with what it imports, before anyone signs in

    return JwtTokens(secret=secret, clock=clock)


class IdentityContainer(containers.DeclarativeContainer):
    """`jwt_secret` is needed only for tokens."""

    core = providers.DependenciesContainer()
    meters = providers.DependenciesContainer()
    storage = providers.DependenciesContainer()
    jwt_secret = providers.Dependency(instance_of=bytes)

    hasher = providers.Singleton(_hasher, closing=core.closing)
    tokens = providers.Singleton(_tokens, secret=jwt_secret, clock=core.clock)
    register = providers.Singleton(Register, database=storage.database, hasher=hasher, clock=core.clock)
    login = providers.Singleton(
        Login, database=storage.database, hasher=hasher, tokens=tokens, clock=core.clock, meter=meters.identity
    )
    refresh = providers.Singleton(Refresh, database=storage.database, tokens=tokens, clock=core.clock)
    authenticate = providers.Singleton(Authenticate, database=storage.database, tokens=tokens, clock=core.clock)
    logout = providers.Singleton(Logout, database=storage.database, clock=core.clock)
    verify_own_password = providers.Singleton(
        VerifyOwnPassword, database=storage.database, hasher=hasher, clock=core.clock, meter=meters.identity
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
