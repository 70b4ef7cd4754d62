"""The authenticated caller of a request."""

from dataclasses import dataclass
from uuid import UUID

from domain.identity.api_key import Scope
from domain.identity.user import User


@dataclass(frozen=True, slots=True)
class Caller:
    """A user, authenticated by a session (`session_id`) or an API key (`key_id`), and the scopes of that."""

    user: User
    scopes: frozenset[Scope]
    session_id: UUID | None = None
    key_id: UUID | None = None
