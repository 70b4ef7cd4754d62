"""The secret that encrypts the secrets of webhooks."""

from entrypoints.settings.jwt_secret import jwt_secret
from entrypoints.settings.settings import Settings


def webhook_secret(settings: Settings) -> bytes:
    """Return the secret that is set, or that of tokens. Raises `SystemExit` where there is neither."""
    if settings.webhook_secret is not None:
        return settings.webhook_secret.get_secret_value().encode()
    return jwt_secret(settings)
