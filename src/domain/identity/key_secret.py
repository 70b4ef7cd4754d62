"""The secret of a key: shown once, and known afterwards by its digest only."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from typing import Self
from uuid import UUID

from domain.identity.errors import InvalidCredentials

SECRET_BYTES = 32

# A prefix of its own, by which scanners find keys that were published by mistake.
_WRITTEN = re.compile(r"crk_([0-9a-f]{32})_([A-Za-z0-9_-]{43})", re.ASCII)
_NOBODYS_DIGEST = hashlib.sha256(b"").digest()


@dataclass(frozen=True, slots=True)
class KeySecret:
    """A key as its owner holds it: which one, and 256 random bits, which show themselves in no log.

    They are random, so a plain digest is enough: there is nothing to guess that a slow one would protect.
    """

    key_id: UUID
    text: str = field(repr=False)

    @classmethod
    def new(cls, key_id: UUID) -> Self:
        """Make one for a key."""
        return cls(key_id, secrets.token_urlsafe(SECRET_BYTES))

    @classmethod
    def read(cls, written: str) -> Self:
        """Read what `written` returned. Raises `InvalidCredentials`."""
        match = _WRITTEN.fullmatch(written)
        if match is None:
            raise InvalidCredentials("this is no key")
        return cls(UUID(match[1]), match[2])

    def written(self) -> str:
        """Return the key as it is handed out."""
        return f"crk_{self.key_id.hex}_{self.text}"

    def digest(self) -> bytes:
        """Return what is kept of it: 32 bytes."""
        return hashlib.sha256(self.text.encode()).digest()

    def has(self, digest: bytes | None) -> bool:
        """Tell whether `digest` is of this secret, in the same time whatever it is; None is nobody's."""
        return hmac.compare_digest(self.digest(), _NOBODYS_DIGEST if digest is None else digest)
