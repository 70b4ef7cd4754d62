"""Who makes a request, and with which rights."""

from dataclasses import dataclass
from uuid import UUID

from domain.identity.api_key import Scope
from domain.identity.user import User


@dataclass(frozen=True, slots=True)
class Caller:
    """A user who signed in (`session_id`) or their API key (`key_id`), with the scopes that they have."""

    user: User
    scopes: frozenset[Scope]
    session_id: UUID | None = None
    key_id: UUID | None = None
