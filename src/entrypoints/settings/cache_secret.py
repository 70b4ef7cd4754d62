"""The secret that seals what processes share in Redis."""

import secrets

import structlog

from entrypoints.settings.identity import SHORTEST_SECRET_BYTES
from entrypoints.settings.jwt_secret import has_jwt_secret, jwt_secret
from entrypoints.settings.settings import Settings

log = structlog.get_logger()


def cache_secret(settings: Settings, *, makes_one: bool = True) -> bytes:
    """Return the secret that is set, or that of tokens; where there is neither, one that no other process has.

    A process that signs no tokens can do without a secret: it then shares nothing. `makes_one` if a secret of tokens
    may be made beside the embedded database.
    """
    if settings.cache_secret is not None:
        return settings.cache_secret.get_secret_value().encode()
    if not makes_one and not has_jwt_secret(settings):
        return secrets.token_bytes(SHORTEST_SECRET_BYTES)
    try:
        return jwt_secret(settings)
    except SystemExit as error:
        log.warning("cache_not_shared", reason=str(error))
        return secrets.token_bytes(SHORTEST_SECRET_BYTES)
