"""What the names in Redis begin with, so that installations that share a Redis share nothing else."""

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
    """Return host, port and name: users and passwords change, and each process may have its own."""
    parts = urlsplit(url)
    host = parts.hostname or "".join(parse_qs(parts.query).get("host", []))
    return f"{host}:{parts.port or POSTGRES_PORT}/{unquote(parts.path.strip('/'))}"


def _kept_beside(database: Path) -> str:
    """Return a number kept beside the database's file: machines that share a Redis may have the file at one path."""
    file = database.with_name(NAME)
    try:
        if not file.exists():
            make_once(file, token_hex(16))
        return file.read_text()
    except (OSError, UnicodeDecodeError):
        return f"{platform.node()}:{database.resolve()}"
