"""The secret of an API key: shown once, then stored as a digest only."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from typing import Self
from uuid import UUID

from domain.identity.errors import InvalidCredentials

SECRET_BYTES = 32

# The prefix lets secret scanners find keys that were published by mistake.
_PREFIX = "crk_"
_FORMAT = re.compile(_PREFIX + r"([0-9a-f]{32})_([A-Za-z0-9_-]{43})", re.ASCII)
_UNKNOWN_KEYS_DIGEST = hashlib.sha256(b"").digest()


@dataclass(frozen=True, slots=True)
class KeySecret:
    """The key's id and 256 random bits, which `repr` hides.

    A fast digest is enough for random bits; a slow one protects only secrets that can be guessed.
    """

    key_id: UUID
    text: str = field(repr=False)

    @classmethod
    def generate(cls, key_id: UUID) -> Self:
        """Generate a secret for this key."""
        return cls(key_id, secrets.token_urlsafe(SECRET_BYTES))

    @classmethod
    def parse(cls, written: str) -> Self:
        """Parse what `format` returned. Raises `InvalidCredentials`."""
        match = _FORMAT.fullmatch(written)
        if match is None:
            raise InvalidCredentials("the API key is malformed")
        return cls(UUID(match[1]), match[2])

    @staticmethod
    def looks_like(written: str) -> bool:
        """Tell whether this is meant as a key of this service, well-formed or not."""
        return written.startswith(_PREFIX)

    def format(self) -> str:
        """Return the API key that its owner sends: `crk_`, the id and the secret."""
        return f"{_PREFIX}{self.key_id.hex}_{self.text}"

    def digest(self) -> bytes:
        """Return the digest to store: 32 bytes."""
        return hashlib.sha256(self.text.encode()).digest()

    def matches(self, digest: bytes | None) -> bool:
        """Compare with a stored digest in constant time. None stands for an unknown key and never matches."""
        return hmac.compare_digest(self.digest(), _UNKNOWN_KEYS_DIGEST if digest is None else digest)
