"""Builders of users, sessions and keys."""

from collections.abc import Iterable
from uuid import UUID, uuid4

from domain.identity.api_key import ApiKey, KeyName, Scope
from domain.identity.session import Session
from domain.identity.user import Role, User, Username
from tests.unit.fakes.clock import NOON

DAY = 24 * 3600.0


def user(name: str = "Ada", *, created_at: float = NOON, role: Role = Role.USER) -> User:
    return User(
        id=uuid4(), name=Username(name), role=role, password_hash=f"hash of {name}'s password", created_at=created_at
    )


def session(of: User, *, created_at: float = NOON, expires_at: float = NOON + DAY, generation: int = 0) -> Session:
    return Session(id=uuid4(), user_id=of.id, generation=generation, created_at=created_at, expires_at=expires_at)


def api_key(
    of: User,
    name: str = "my key",
    *,
    scopes: Iterable[Scope] = (Scope.CONVERT,),
    created_at: float = NOON,
    expires_at: float | None = None,
    id_: UUID | None = None,
) -> ApiKey:
    return ApiKey(
        id=id_ or uuid4(),
        user_id=of.id,
        name=KeyName(name),
        scopes=frozenset(scopes),
        secret_digest=b"\x00\xff" * 16,
        created_at=created_at,
        expires_at=expires_at,
    )
