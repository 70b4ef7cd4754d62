"""Seals what processes share in Redis, so that they believe only one another."""

import hmac
from typing import NamedTuple

_SHA256 = "sha256"
_PURPOSE = b"crossrate: what processes share in Redis"
_MAC_BYTES = 32
_TOKEN_BYTES = 8
_HEAD_BYTES = _MAC_BYTES + _TOKEN_BYTES


class Opened(NamedTuple):
    """What was sealed, and the fencing token of the fetch that it comes from."""

    fencing_token: int
    value: bytes


class Seal:
    """Authenticates values by HMAC-SHA256 over their name, their fencing token and their bytes.

    The name keeps a value from being taken for another: that of another exchange, payload or installation. The key is
    derived from the secret, which may sign other things too.
    """

    def __init__(self, secret: bytes) -> None:
        self._key = hmac.digest(secret, _PURPOSE, _SHA256)

    @property
    def fingerprint(self) -> str:
        """A name for the key, from which nobody learns anything about it."""
        return hmac.digest(self._key, b"fingerprint", _SHA256).hex()[:8]

    def sealed(self, name: str, fencing_token: int, value: bytes) -> bytes:
        """Return the value with its token, authenticated under this name."""
        token = fencing_token.to_bytes(_TOKEN_BYTES, "big")
        return self._mac(name, token, value) + token + value

    def opened(self, name: str, sealed: bytes) -> Opened | None:
        """Return what was sealed under this name; None if this is anything else."""
        token, value = sealed[_MAC_BYTES:_HEAD_BYTES], sealed[_HEAD_BYTES:]
        if not hmac.compare_digest(sealed[:_MAC_BYTES], self._mac(name, token, value)):
            return None
        return Opened(int.from_bytes(token, "big"), value)

    def _mac(self, name: str, token: bytes, value: bytes) -> bytes:
        written = name.encode()
        mac = hmac.new(self._key, len(written).to_bytes(4, "big") + written, _SHA256)
        mac.update(token)
        mac.update(value)
        return mac.digest()
