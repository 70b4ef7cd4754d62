"""Seals answers with AES-GCM, and takes fingerprints with HMAC."""

import hmac

from adapters.cryptography.aes_gcm import AesGcm, derived_key
from application.idempotency.ports.sealer import Sealer


class AesGcmSealer(Sealer):
    """Each purpose has a key of its own, derived from the secret."""

    def __init__(self, secret: bytes) -> None:
        self._fingerprint_key = derived_key(secret, b"crossrate idempotency: fingerprints")
        self._answers = AesGcm(derived_key(secret, b"crossrate idempotency: answers"))

    def fingerprint(self, document: bytes) -> bytes:
        """Return an HMAC: a plain digest of a short password could be searched for."""
        return hmac.digest(self._fingerprint_key, document, "sha256")

    def seal(self, document: bytes, fingerprint: bytes) -> bytes:
        """Return the nonce and what AES-GCM makes of the document."""
        return self._answers.seal(document, fingerprint)

    def open(self, sealed: bytes, fingerprint: bytes) -> bytes:
        """Decrypt and verify."""
        return self._answers.open(sealed, fingerprint)
