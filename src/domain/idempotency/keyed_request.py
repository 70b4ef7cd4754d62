"""A request with an idempotency key, and the answer that is kept for it."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from domain.idempotency.errors import InvalidIdempotencyKey

MAX_KEY_LENGTH = 255


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A text that the client chooses, a random one at best."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Check the text. Raises `InvalidIdempotencyKey`."""
        if not 1 <= len(text) <= MAX_KEY_LENGTH or not (text.isascii() and text.isprintable()):
            raise InvalidIdempotencyKey(f"must have 1 to {MAX_KEY_LENGTH} printable ASCII characters")
        return cls(text)


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """`owner` is whoever the key belongs to: two owners may use the same key.

    `fingerprint` is a digest of everything that makes two requests the same one.
    """

    owner: str
    key: IdempotencyKey
    fingerprint: bytes

    def matches(self, fingerprint: bytes) -> bool:
        """Tell whether it is the request that this fingerprint was taken of."""
        return hmac.compare_digest(fingerprint, self.fingerprint)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request: of a change, or of its refusal. `body` may be sealed."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)
