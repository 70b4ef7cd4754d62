"""The secret that signs tokens: set, or made once beside the embedded database."""

import os
import secrets
from pathlib import Path

import structlog

from entrypoints.settings.identity import SHORTEST_SECRET_BYTES
from entrypoints.settings.settings import Settings

NAME = "jwt-secret"

log = structlog.get_logger()


def jwt_secret(settings: Settings) -> bytes:
    """Return the secret. Ends the process when it must be set and is not, or when it cannot be stored.

    There is no default: everyone could read it, and sign in as anyone. With a database server other machines may serve
    the same users, and each would make a secret of its own.
    """
    if settings.jwt_secret is not None:
        return settings.jwt_secret.get_secret_value().encode()
    if settings.embedded_database_file is None:
        raise SystemExit(
            "These settings cannot be used:\n"
            "  CROSSRATE_JWT_SECRET: with Postgres it must be set, to 32 random bytes or more, the same everywhere, "
            "such as `openssl rand -hex 32` prints"
        )
    return _kept_in(settings.embedded_database_file.with_name(NAME))


def has_jwt_secret(settings: Settings) -> bool:
    """Tell whether the secret is set, or was made."""
    file = settings.embedded_database_file
    return settings.jwt_secret is not None or (file is not None and file.with_name(NAME).exists())


def _kept_in(file: Path) -> bytes:
    try:
        if not file.exists() and make_once(file, secrets.token_hex(SHORTEST_SECRET_BYTES)):
            log.info("jwt_secret_made", file=str(file))
        secret = file.read_bytes()
    except OSError as error:
        raise SystemExit(
            f"Cannot keep a secret in {file}: {error.strerror}. Make the folder writable, or set CROSSRATE_JWT_SECRET"
        ) from None
    if len(secret) < SHORTEST_SECRET_BYTES:  # emptied or cut off
        raise SystemExit(
            f"Cannot use the secret in {file}: it must have {SHORTEST_SECRET_BYTES} bytes or more. "
            "Remove the file to have another one made, which signs everyone out"
        )
    return secret


def make_once(file: Path, text: str) -> bool:
    """Write a private file unless it exists; return whether this process wrote it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        draft.touch(mode=0o600)
        draft.write_text(text)
        os.link(draft, file)  # the file appears complete, and of several processes the first one wins
    except FileExistsError:
        return False
    else:
        return True
    finally:
        draft.unlink(missing_ok=True)
