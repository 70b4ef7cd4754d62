"""Users and everything that belongs to them, in dictionaries and lists."""

import math
from dataclasses import fields, replace
from uuid import UUID

from application.identity.ports.api_keys import ApiKeys
from application.identity.ports.audit_log import AuditLog, AuditPosition, RecordedEvent
from application.identity.ports.known_addresses import KnownAddresses
from application.identity.ports.login_failures import LoginFailures, Matching
from application.identity.ports.sessions import Sessions
from application.identity.ports.users import UserPosition, Users
from domain.currency import Currency
from domain.identity.api_key import ApiKey
from domain.identity.attempt import Attempt
from domain.identity.audit_event import AuditEvent
from domain.identity.errors import InvalidCredentials, UsernameTaken
from domain.identity.session import Session
from domain.identity.user import User
from tests.unit.fakes.rows import Rows


class FakeUsers(Users):
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def add(self, user: User) -> None:
        if await self.find_by_name(user.name) is not None:
            raise UsernameTaken("this username is taken")
        self._rows.users[user.id] = user

    async def save(self, user: User) -> None:
        kept = self._rows.users.get(user.id)
        if kept is not None:
            self._rows.users[user.id] = replace(
                kept, role=user.role, password_hash=user.password_hash, is_disabled=user.is_disabled
            )

    async def set_default_to(self, user_id: UUID, code: Currency | None) -> None:
        if user_id in self._rows.users:
            self._rows.users[user_id] = replace(self._rows.users[user_id], default_to=code)

    async def delete(self, user_id: UUID) -> None:
        self._rows.users.pop(user_id, None)
        for of_users in (self._rows.sessions, self._rows.api_keys):
            for id_ in [id_ for id_, each in of_users.items() if each.user_id == user_id]:
                del of_users[id_]
        await FakeKnownAddresses(self._rows).delete_all_of(user_id)

    async def find_by_name(self, name: str, *, for_change: bool = False) -> User | None:  # noqa: ARG002 -- one writes at a time
        return next((user for user in self._rows.users.values() if user.name.key == name.lower()), None)

    async def list_all(self) -> list[User]:
        return sorted(self._rows.users.values(), key=lambda user: (user.created_at, user.name.key))

    async def list_page(self, after: UserPosition | None, limit: int) -> list[User]:
        users = sorted(self._rows.users.values(), key=UserPosition.of)
        return [user for user in users if after is None or UserPosition.of(user) > after][:limit]


class FakeSessions(Sessions):
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def add(self, session: Session) -> None:
        if session.user_id not in self._rows.users:
            raise InvalidCredentials("the account no longer exists")
        self._rows.sessions[session.id] = session

    async def find(self, session_id: UUID) -> tuple[Session, User] | None:
        session = self._rows.sessions.get(session_id)
        return (session, self._rows.users[session.user_id]) if session is not None else None

    async def list_by_user(self, user_id: UUID) -> list[Session]:
        return self._of(user_id)

    async def advance(self, to: Session) -> bool:
        session = self._rows.sessions.get(to.id)
        if session is None or session.generation != to.generation - 1:
            return False
        self._rows.sessions[to.id] = replace(
            session,
            generation=to.generation,
            refreshed_at=to.refreshed_at,
            expires_at=to.expires_at,
            address=to.address,
            user_agent=to.user_agent,
        )
        return True

    async def note_password(self, session_id: UUID, at: float) -> None:
        session = self._rows.sessions.get(session_id)
        if session is not None:
            self._rows.sessions[session_id] = replace(session, password_at=at)

    async def delete(self, user_id: UUID, session_id: UUID) -> bool:
        session = self._rows.sessions.get(session_id)
        if session is None or session.user_id != user_id:
            return False
        del self._rows.sessions[session_id]
        return True

    async def delete_all_of(self, user_id: UUID, *, except_for: UUID | None = None) -> int:
        ended = [session for session in self._of(user_id) if session.id != except_for]
        for session in ended:
            del self._rows.sessions[session.id]
        return len(ended)

    async def prune(self, user_id: UUID, now: float, keep: int) -> None:
        newest_first = sorted(self._of(user_id), key=lambda session: (-session.created_at, session.id))
        for place, session in enumerate(newest_first):
            if place >= keep or session.expires_at <= now:
                del self._rows.sessions[session.id]

    def _of(self, user_id: UUID) -> list[Session]:
        return [session for session in self._rows.sessions.values() if session.user_id == user_id]


class FakeApiKeys(ApiKeys):
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def add(self, key: ApiKey) -> None:
        if key.user_id not in self._rows.users:
            raise InvalidCredentials("the account no longer exists")
        self._rows.api_keys[key.id] = key

    async def find(self, key_id: UUID) -> tuple[ApiKey, User] | None:
        key = self._rows.api_keys.get(key_id)
        return (key, self._rows.users[key.user_id]) if key is not None else None

    async def list_by_user(self, user_id: UUID) -> list[ApiKey]:
        keys = [key for key in self._rows.api_keys.values() if key.user_id == user_id]
        return sorted(keys, key=lambda key: (key.created_at, key.id))

    async def delete(self, user_id: UUID, key_id: UUID) -> bool:
        key = self._rows.api_keys.get(key_id)
        if key is None or key.user_id != user_id:
            return False
        del self._rows.api_keys[key_id]
        return True

    async def delete_all_of(self, user_id: UUID) -> int:
        keys = await self.list_by_user(user_id)
        for key in keys:
            del self._rows.api_keys[key.id]
        return len(keys)


class FakeLoginFailures(LoginFailures):
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def add(self, attempt: Attempt) -> None:
        self._rows.login_failures.append(attempt)

    async def list_times(self, matching: Matching, since: float, limit: int) -> list[float]:
        times = [each.at for each in self._rows.login_failures if _matches(each, matching) and each.at > since]
        return sorted(times, reverse=True)[:limit]

    async def list_of_users(self, since: float) -> list[Attempt]:
        names = {user.name.key for user in self._rows.users.values()}
        of_users = [each for each in self._rows.login_failures if each.account in names and each.at > since]
        return sorted(of_users, key=lambda each: each.at)[::-1]

    async def delete(self, matching: Matching, until: float = math.inf) -> int:
        failures = self._rows.login_failures
        left = [each for each in failures if not _matches(each, matching) or each.at > until]
        deleted = len(failures) - len(left)
        failures[:] = left
        return deleted

    async def prune(self, moment: float, keep: int) -> None:
        self._rows.login_failures[:] = [each for each in self._rows.login_failures[-keep:] if each.at > moment]


def _matches(attempt: Attempt, matching: Matching) -> bool:
    values = {field.name: getattr(matching, field.name) for field in fields(matching)}
    return all(getattr(attempt, name) == value for name, value in values.items() if value is not None)


class FakeKnownAddresses(KnownAddresses):
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def add(self, user_id: UUID, address: str, at: float, keep: int) -> None:
        known = self._rows.known_addresses
        known[user_id, address] = at
        of_user = [(at, address) for (of, address), at in known.items() if of == user_id]
        for _, surplus in sorted(of_user, key=lambda each: (-each[0], each[1]))[keep:]:
            del known[user_id, surplus]

    async def is_known(self, account: str, address: str, since: float) -> bool:
        ids = [user.id for user in self._rows.users.values() if user.name.key == account]
        return any(self._rows.known_addresses.get((id_, address), since) > since for id_ in ids)

    async def delete_all_of(self, user_id: UUID) -> None:
        for key in [key for key in self._rows.known_addresses if key[0] == user_id]:
            del self._rows.known_addresses[key]


class FakeAuditLog(AuditLog):
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def add(self, event: AuditEvent) -> None:
        self._rows.audit_events.append(event)

    async def list_latest(self, limit: int) -> list[AuditEvent]:
        return [each.event for each in await self.list_page(None, limit)]

    async def list_page(self, before: AuditPosition | None, limit: int) -> list[RecordedEvent]:
        events = [RecordedEvent(number, event) for number, event in enumerate(self._rows.audit_events)]
        older = [each for each in events if before is None or each.position < before]
        return sorted(older, key=lambda each: each.position, reverse=True)[:limit]

    async def delete_older_than(self, moment: float) -> None:
        self._rows.audit_events[:] = [event for event in self._rows.audit_events if event.at > moment]
