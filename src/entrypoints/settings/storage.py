"""Where data is kept."""

from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from pydantic import Field, SecretStr, field_validator

from entrypoints.settings.group import SettingsGroup


class StorageSettings(SettingsGroup):
    """The database, which keeps everything of worth, and Redis, which keeps nothing that cannot be fetched again."""

    TITLE: ClassVar[str] = "Storage"

    redis_url: SecretStr | None = Field(
        None, description="Redis for a cache that all processes share, such as redis://localhost:6379/0; optional."
    )
    redis_prefix: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9._:-]{1,64}$",
        description="Prefix of every name in Redis, the same in all processes of one installation. By default "
        "`crossrate:` and a number that differs for each database.",
    )
    database_url: SecretStr = Field(
        SecretStr("sqlite:///data/crossrate.db"),
        description="Persistent data: sqlite:///FILE, created on first start, or postgresql://USER:PASSWORD@HOST/NAME.",
    )

    @property
    def embedded_database_file(self) -> Path | None:
        """The SQLite file, which the service creates and migrates itself; None with a database server."""
        scheme, _, file = self.database_url.get_secret_value().partition(":///")
        return Path(file) if scheme == "sqlite" else None

    @property
    def has_embedded_database(self) -> bool:
        """Whether the database is a file of the service's own."""
        return self.embedded_database_file is not None

    @field_validator("redis_url")
    @classmethod
    def _redis_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        url = value.get_secret_value()
        if not url.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must begin with redis://, rediss:// or unix://")
        try:
            parts = urlsplit(url)
            parts.port  # noqa: B018 -- reading it is what checks it
        except ValueError:
            raise ValueError(
                "must have a host and a port from 0 to 65535"
            ) from None  # its own reason may quote the password
        if any(not option.startswith("ssl_") for option in parse_qs(parts.query, keep_blank_values=True)):
            raise ValueError("may have no options but those of TLS (ssl_...): the others are the service's own")
        return value

    @field_validator("database_url")
    @classmethod
    def _database_address(cls, value: SecretStr) -> SecretStr:
        scheme, _, rest = value.get_secret_value().partition("://")
        if scheme == "sqlite" and rest.startswith("/") and len(rest) > 1 and not set("?#:") & set(rest):
            return value
        if scheme not in {"postgresql", "postgres"}:
            raise ValueError("must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME")
        try:
            parts = urlsplit(value.get_secret_value())
            is_whole = bool(parts.hostname and parts.path.strip("/") and parts.port != 0 and not parts.query)
        except ValueError:
            is_whole = False  # its own reason may quote the password
        if not is_whole:
            raise ValueError("must have a host, a database's name and no options")
        return value
