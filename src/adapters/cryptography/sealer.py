"""Seals answers with AES-GCM, and takes fingerprints with HMAC."""

import hmac
import secrets

from application.idempotency.ports.sealer import Sealer

_NONCE_BYTES = 12


class AesGcmSealer(Sealer):
    """Each purpose has a key of its own, derived from the secret."""

    def __init__(self, secret: bytes) -> None:
        self._fingerprint_key = _derived(secret, b"crossrate idempotency: fingerprints")
        self._sealing_key = _derived(secret, b"crossrate idempotency: answers")

    def fingerprint(self, document: bytes) -> bytes:
        """Return an HMAC: a plain digest of a short password could be searched for."""
        return hmac.digest(self._fingerprint_key, document, "sha256")

    def seal(self, document: bytes, fingerprint: bytes) -> bytes:
        """Return the nonce and what AES-GCM makes of the document."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 -- 9 MB, which few need

        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + AESGCM(self._sealing_key).encrypt(nonce, document, fingerprint)

    def open(self, sealed: bytes, fingerprint: bytes) -> bytes:
        """Decrypt and verify."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 -- see above

        return AESGCM(self._sealing_key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], fingerprint)


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return hmac.digest(secret, purpose, "sha256")
