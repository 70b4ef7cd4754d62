"""Who makes a request."""

from dataclasses import dataclass
from uuid import UUID

from domain.identity.api_key import Scope
from domain.identity.user import User


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a user who signed in (`session_id`), or a key of theirs (`key_id`), and what they may do."""

    user: User
    scopes: frozenset[Scope]
    session_id: UUID | None = None
    key_id: UUID | None = None
