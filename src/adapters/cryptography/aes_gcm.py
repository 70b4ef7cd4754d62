"""Authenticated encryption, with a key for each purpose."""

import hmac
import secrets

NONCE_BYTES = 12


def derived_key(secret: bytes, purpose: bytes) -> bytes:
    """Return the key for a purpose; one key tells nothing about another."""
    return hmac.digest(secret, purpose, "sha256")


class AesGcm:
    """Seals documents so that they open only with the same context."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal(self, document: bytes, context: bytes) -> bytes:
        """Return the nonce and what AES-GCM makes of the document."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 -- 9 MB, which few need

        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self._key).encrypt(nonce, document, context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Decrypt and verify. Raises cryptography's `InvalidTag`."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 -- see above

        return AESGCM(self._key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
