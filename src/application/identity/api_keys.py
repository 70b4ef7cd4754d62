"""Make, list and delete the keys of a user's programs."""

from uuid import UUID, uuid4

from application.identity.audit_log import record
from application.identity.ports.repositories import IdentityRepositories
from application.ports.clock import Clock
from application.ports.database import Database
from domain.errors import NoSuchObject
from domain.identity.api_key import MOST_KEYS, ApiKey, KeyName, Scope
from domain.identity.audit_event import Action, AuditEvent, Outcome
from domain.identity.caller import Caller
from domain.identity.errors import InvalidExpiry, TooManyKeys
from domain.identity.key_secret import KeySecret

# The year 9999, beyond which moments cannot be written.
LATEST = 253_402_300_799.0


class CreateApiKey:
    """Makes a key, whose secret is handed out this once."""

    def __init__(self, *, database: Database[IdentityRepositories], clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(
        self, *, caller: Caller, name: KeyName, scopes: frozenset[Scope], expires_at: float | None, address: str
    ) -> tuple[ApiKey, KeySecret]:
        """Return the key and its secret. Raises `InvalidExpiry`, `TooManyKeys` or `DatabaseUnavailable`."""
        now = self._clock.now()
        if expires_at is not None and not now < expires_at <= LATEST:
            raise InvalidExpiry("must be a moment to come, before the year 10000")
        secret = KeySecret.new(uuid4())
        key = ApiKey(
            id=secret.key_id,
            user_id=caller.user.id,
            name=name,
            scopes=scopes,
            secret_digest=secret.digest(),
            created_at=now,
            expires_at=expires_at,
        )
        event = AuditEvent(Action.CREATE_KEY, Outcome.DONE, caller.user.name, key.user_id, address, now, str(key.id))
        async with self._database.writing() as work:
            await work.users.named(caller.user.name, for_change=True)  # so that nobody else counts and adds meanwhile
            if len(await work.api_keys.of(key.user_id)) >= MOST_KEYS:
                raise TooManyKeys(f"a user may have {MOST_KEYS} keys")
            await work.api_keys.add(key)
            await record(work, event)
        return key, secret


class ListApiKeys:
    """Lists the caller's keys, without their secrets, which nobody knows."""

    def __init__(self, *, database: Database[IdentityRepositories]) -> None:
        self._database = database

    async def __call__(self, *, caller: Caller) -> list[ApiKey]:
        """Return them from the oldest. Raises `DatabaseUnavailable`."""
        async with self._database.reading() as work:
            return await work.api_keys.of(caller.user.id)


class DeleteApiKey:
    """Deletes a key, which is good for nothing from then on."""

    def __init__(self, *, database: Database[IdentityRepositories], clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, *, caller: Caller, key_id: UUID, address: str) -> None:
        """Raises `NoSuchObject`, also for somebody else's, or `DatabaseUnavailable`."""
        user, now = caller.user, self._clock.now()
        async with self._database.writing() as work:
            if not await work.api_keys.remove(user.id, key_id):
                raise NoSuchObject("there is no such key")
            event = AuditEvent(Action.DELETE_KEY, Outcome.DONE, user.name, user.id, address, now, str(key_id))
            await record(work, event)
