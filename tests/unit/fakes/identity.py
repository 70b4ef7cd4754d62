"""Users and everything that belongs to them, in dictionaries and lists."""

from dataclasses import replace
from uuid import UUID

from application.identity.ports.api_keys import ApiKeys
from application.identity.ports.audit_log import AuditLog
from application.identity.ports.login_failures import LoginFailures
from application.identity.ports.sessions import Sessions
from application.identity.ports.users import Users
from domain.identity.api_key import ApiKey
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

    async def delete(self, user_id: UUID) -> None:
        self._rows.users.pop(user_id, None)
        for of_users in (self._rows.sessions, self._rows.api_keys):
            for id_ in [id_ for id_, each in of_users.items() if each.user_id == user_id]:
                del of_users[id_]

    async def find_by_name(self, name: str, *, for_change: bool = False) -> User | None:  # noqa: ARG002 -- one writes at a time
        return next((user for user in self._rows.users.values() if user.name.key == name.lower()), None)

    async def list_all(self) -> list[User]:
        return sorted(self._rows.users.values(), key=lambda user: (user.created_at, user.name.key))


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

    async def advance(self, session_id: UUID, generation: int, expires_at: float) -> bool:
        session = self._rows.sessions.get(session_id)
        if session is None or session.generation != generation:
            return False
        self._rows.sessions[session_id] = replace(session, generation=generation + 1, expires_at=expires_at)
        return True

    async def delete(self, session_id: UUID) -> bool:
        return self._rows.sessions.pop(session_id, None) is not None

    async def delete_all_of(self, user_id: UUID) -> None:
        for session in self._of(user_id):
            await self.delete(session.id)

    async def prune(self, user_id: UUID, now: float, keep: int) -> None:
        newest_first = sorted(self._of(user_id), key=lambda session: (-session.created_at, session.id))
        for place, session in enumerate(newest_first):
            if place >= keep or session.expires_at <= now:
                await self.delete(session.id)

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


class FakeLoginFailures(LoginFailures):
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def add(self, account: str, address: str, at: float) -> None:
        self._rows.login_failures.append((account, address, at))

    async def list_by_account(self, account: str, since: float, limit: int) -> list[float]:
        times = [at for of, _, at in self._rows.login_failures if of == account and at > since]
        return sorted(times, reverse=True)[:limit]

    async def list_by_address(self, address: str, since: float, limit: int) -> list[float]:
        times = [at for _, of, at in self._rows.login_failures if of == address and at > since]
        return sorted(times, reverse=True)[:limit]

    async def delete_older_than(self, moment: float) -> None:
        self._rows.login_failures[:] = [each for each in self._rows.login_failures if each[2] > moment]


class FakeAuditLog(AuditLog):
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def add(self, event: AuditEvent) -> None:
        self._rows.audit_events.append(event)

    async def list_latest(self, limit: int) -> list[AuditEvent]:
        newest_first = sorted(enumerate(self._rows.audit_events), key=lambda row: (row[1].at, row[0]), reverse=True)
        return [event for _, event in newest_first[:limit]]

    async def delete_older_than(self, moment: float) -> None:
        self._rows.audit_events[:] = [event for event in self._rows.audit_events if event.at > moment]
