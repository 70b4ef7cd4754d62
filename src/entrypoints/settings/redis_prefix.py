"""The prefix of all names in Redis, which keeps installations apart that share a Redis."""

import hashlib
import platform
from pathlib import Path
from secrets import token_hex
from urllib.parse import parse_qs, unquote, urlsplit

from entrypoints.settings.jwt_secret import make_once
from entrypoints.settings.settings import Settings

NAME = "installation-id"

POSTGRES_PORT = 5432


def redis_prefix(settings: Settings) -> str:
    """Return the prefix that is set, or one derived from the database: two databases are two installations."""
    if settings.redis_prefix is not None:
        return settings.redis_prefix
    file = settings.embedded_database_file
    identity = _address(settings.database_url.get_secret_value()) if file is None else _kept_beside(file)
    return f"crossrate:{hashlib.sha256(identity.encode()).hexdigest()[:10]}"


def _address(url: str) -> str:
    """Return host, port and name, without user and password: these change, and may differ between processes."""
    parts = urlsplit(url)
    host = parts.hostname or "".join(parse_qs(parts.query).get("host", []))
    return f"{host}:{parts.port or POSTGRES_PORT}/{unquote(parts.path.strip('/'))}"


def _kept_beside(database: Path) -> str:
    """Return an ID kept beside the database: another machine may have its database at the same path."""
    file = database.with_name(NAME)
    try:
        if not file.exists():
            make_once(file, token_hex(16))
        return file.read_text()
    except (OSError, UnicodeDecodeError):
        return f"{platform.node()}:{database.resolve()}"
