"""Seals the secrets of webhooks with AES-GCM."""

from uuid import UUID

from adapters.cryptography.aes_gcm import AesGcm, derived_key
from application.webhooks.ports.secret_sealer import SecretSealer
from domain.webhooks.signature import WebhookSecret


class AesGcmSecretSealer(SecretSealer):
    """What is sealed for one webhook opens for no other."""

    def __init__(self, secret: bytes) -> None:
        self._cipher = AesGcm(derived_key(secret, b"crossrate webhooks: secrets"))

    def seal(self, secret: WebhookSecret, webhook_id: UUID) -> bytes:
        """Encrypt the key."""
        return self._cipher.seal(secret.key, webhook_id.bytes)

    def open(self, sealed: bytes, webhook_id: UUID) -> WebhookSecret | None:
        """Decrypt and verify."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 -- see aes_gcm.py

        try:
            return WebhookSecret(self._cipher.open(sealed, webhook_id.bytes))
        except InvalidTag:
            return None
