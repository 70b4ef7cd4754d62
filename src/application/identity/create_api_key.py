"""Create an API key."""

from uuid import uuid4

from application.idempotency.write_once import Once, write_once
from application.identity.lock_caller import lock_caller
from application.identity.ports.repositories import OnceRepositories
from application.identity.record_audit_event import record_audit_event
from application.ports.clock import Clock
from application.ports.database import Database
from domain.identity.api_key import MAX_KEYS, ApiKey, KeyName, Scope
from domain.identity.audit_event import AuditAction, AuditEvent
from domain.identity.caller import Caller
from domain.identity.errors import InvalidExpiry, TooManyKeys
from domain.identity.key_secret import KeySecret
from domain.moments import LATEST_MOMENT


class CreateApiKey:
    """Returns the key's secret, which cannot be shown again."""

    def __init__(self, *, database: Database[OnceRepositories], clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(
        self,
        *,
        caller: Caller,
        name: KeyName,
        scopes: frozenset[Scope],
        expires_at: float | None,
        address: str,
        once: Once[tuple[ApiKey, KeySecret]] | None = None,
    ) -> tuple[ApiKey, KeySecret]:
        """Return the key and its secret.

        Raises `InvalidExpiry`, `TooManyKeys`, `InvalidCredentials` if the session or the account has just changed, or
        `DatabaseUnavailable`.
        """
        user, now = caller.user, self._clock.now()
        if expires_at is not None and not now < expires_at <= LATEST_MOMENT:
            raise InvalidExpiry("must be in the future, before the year 10000")
        secret = KeySecret.generate(uuid4())
        key = ApiKey(
            id=secret.key_id,
            user_id=user.id,
            name=name,
            scopes=scopes,
            secret_digest=secret.digest(),
            created_at=now,
            expires_at=expires_at,
        )
        event = AuditEvent.done(AuditAction.CREATE_KEY, user, address, now, str(key.id))

        async def work(unit: OnceRepositories) -> tuple[ApiKey, KeySecret]:
            await lock_caller(unit, caller)  # so that concurrent requests cannot exceed the limit together
            if len(await unit.api_keys.list_by_user(user.id)) >= MAX_KEYS:
                raise TooManyKeys(f"a user may have {MAX_KEYS} keys")
            await unit.api_keys.add(key)
            await record_audit_event(unit, event)
            return key, secret

        return await write_once(self._database.write, work, once)
