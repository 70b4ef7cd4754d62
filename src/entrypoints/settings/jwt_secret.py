"""The secret that tokens are signed with: given, or in development made once and kept."""

import os
import secrets
from pathlib import Path

import structlog

from entrypoints.settings.identity import SHORTEST_SECRET_BYTES
from entrypoints.settings.settings import Settings

FILE = Path("data/jwt-secret")

log = structlog.get_logger()


def jwt_secret(settings: Settings) -> bytes:
    """Return it. Ends the process where it is not given and this is no development.

    A default that everyone can read would let everyone sign in as anyone.
    """
    if settings.jwt_secret is not None:
        return settings.jwt_secret.get_secret_value().encode()
    if settings.environment == "development":
        try:
            secret = _kept_in(FILE)
        except OSError as error:
            raise SystemExit(f"Cannot keep a secret in {FILE}: {error.strerror}") from None
        if len(secret) < SHORTEST_SECRET_BYTES:  # emptied, or cut off: nobody may sign with what is left
            raise SystemExit(
                f"Cannot use the secret in {FILE}: it must have {SHORTEST_SECRET_BYTES} bytes or more. "
                "Remove the file to have another one made, which signs everyone out"
            )
        return secret
    raise SystemExit(
        "These settings cannot be used:\n"
        "  CROSSRATE_JWT_SECRET: must be set, to 32 random bytes or more, such as `openssl rand -hex 32` prints; "
        "CROSSRATE_ENVIRONMENT=development makes one"
    )


def _kept_in(file: Path) -> bytes:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        try:
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_hex(SHORTEST_SECRET_BYTES))
            os.link(draft, file)  # whole or not at all, and of several processes the first one's
            log.info("jwt_secret_made", file=str(file))
        except FileExistsError:
            pass
        finally:
            draft.unlink(missing_ok=True)
    return file.read_bytes()
