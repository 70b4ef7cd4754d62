"""Where data is kept."""

import re
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from entrypoints.settings.addresses import Parts, host_alone, postgres_address
from entrypoints.settings.group import SettingsGroup
from entrypoints.settings.redis_address import SENTINEL_PASSWORD, redis_address

SHORTEST_CACHE_SECRET_BYTES = 32

_SQLITE_HEADER = b"SQLite format 3\x00"


class StorageSettings(SettingsGroup):
    """The database, which holds all persistent data, and Redis, whose data can always be fetched again."""

    TITLE: ClassVar[str] = "Storage"

    # The parts come before the URLs, whose validators read them.
    redis_host: str | None = Field(
        None, description="Host of Redis. This and the next settings replace parts of `CROSSRATE_REDIS_URL`, unencoded."
    )
    redis_port: int | None = Field(None, ge=1, le=65535, description="Port of Redis.")
    redis_user: str | None = Field(None, description="User of Redis.")
    redis_password: SecretStr | None = Field(None, description="Password of Redis, unencoded.")
    redis_database: int | None = Field(None, ge=0, description="Number of the Redis database.")
    redis_tls: bool = Field(default=False, description="Whether to connect to Redis over TLS, as `rediss://` does.")
    redis_ca_file: Path | None = Field(None, description="File of CA certificates that verify Redis.")
    redis_cert_file: Path | None = Field(None, description="File of the client certificate for Redis.")
    redis_key_file: Path | None = Field(None, description="File of that certificate's private key.")
    redis_sentinel_password: SecretStr | None = Field(None, description="Password of the Sentinels, if they have one.")
    redis_url: SecretStr | None = Field(
        None,
        validate_default=True,
        description="Redis for a cache that all processes share, such as `redis://localhost:6379/0`, `rediss://` for "
        "TLS or `unix:///run/redis.sock`; `redis+cluster://HOST:PORT,HOST:PORT` for a cluster, "
        "`redis+sentinel://HOST:PORT,HOST:PORT/mymaster/0` for Sentinels; optional.",
    )
    redis_prefix: str | None = Field(
        None,
        description="Prefix of every name in Redis, the same in all processes of one installation. By default "
        "`crossrate:` and a number that differs for each database.",
    )
    cache_secret: SecretStr | None = Field(
        None,
        description="Secret that seals what processes share in Redis: at least 32 random bytes, the same in all "
        "processes. By default `CROSSRATE_JWT_SECRET`, or the secret kept beside a SQLite database.",
    )
    demo_data: bool = Field(
        default=False,
        description="For development: whether `crossrate serve` fills a database that nobody uses yet as `crossrate "
        "demo-data` does, and prints the passwords. Refused where the database is not on this machine.",
    )
    database_host: str | None = Field(
        None,
        description="Host of Postgres, or the folder of its socket. This and the next settings replace parts of "
        "`CROSSRATE_DATABASE_URL`, unencoded.",
    )
    database_port: int | None = Field(None, ge=1, le=65535, description="Port of Postgres.")
    database_user: str | None = Field(None, description="User of Postgres.")
    database_password: SecretStr | None = Field(None, description="Password of Postgres, unencoded.")
    database_name: str | None = Field(None, description="Name of the database.")
    database_sslmode: Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] | None = Field(
        None,
        description="Whether to connect to Postgres over TLS, as for `psql`: `require` encrypts, `verify-ca` also "
        "checks the certificate, `verify-full` also the host's name.",
    )
    database_ca_file: Path | None = Field(
        None, description="File of CA certificates that verify Postgres; by default the system's."
    )
    database_pooler: bool = Field(
        default=False,
        description="Whether a connection pooler in transaction mode, such as PgBouncer, stands in front of Postgres.",
    )
    database_application_user: str | None = Field(
        None,
        min_length=1,
        max_length=63,
        description="Role of Postgres that the service connects as, where `crossrate migrate` connects as another one, "
        "which owns the tables. `migrate` grants it what the service needs, and no more.",
    )
    database_application_password: SecretStr | None = Field(
        None, description="Password that `crossrate migrate` gives this role, which it creates if need be."
    )
    database_url: SecretStr = Field(
        SecretStr("sqlite:///data/crossrate.db"),
        validate_default=True,
        description="Persistent data: sqlite:///FILE, created on first start, or postgresql://USER:PASSWORD@HOST/NAME, "
        "which may end with `?sslmode=`, or unix://USER:PASSWORD@/FOLDER?name=NAME.",
    )

    @property
    def embedded_database_file(self) -> Path | None:
        """The SQLite file, which the service creates and migrates itself; None with a database server."""
        scheme, _, file = self.database_url.get_secret_value().partition(":///")
        return Path(file) if scheme == "sqlite" else None

    @property
    def has_embedded_database(self) -> bool:
        """Whether the database is SQLite."""
        return self.embedded_database_file is not None

    @field_validator("cache_secret")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value().encode()) < SHORTEST_CACHE_SECRET_BYTES:
            raise ValueError(f"must have at least {SHORTEST_CACHE_SECRET_BYTES} bytes")
        return value

    @field_validator("redis_host", "database_host")
    @classmethod
    def _host_alone(cls, value: str | None, info: ValidationInfo) -> str | None:
        is_database = info.field_name == "database_host"
        setting = "CROSSRATE_DATABASE" if is_database else "CROSSRATE_REDIS"
        return value and host_alone(value, setting, may_be_folder=is_database)

    @field_validator("redis_ca_file", "redis_cert_file", "redis_key_file", "database_ca_file")
    @classmethod
    def _readable(cls, value: Path | None) -> Path | None:
        if value is not None:
            try:
                value.open("rb").close()
            except OSError as error:
                raise ValueError(f"{value} cannot be read: {error.strerror}") from None
        return value

    @field_validator("redis_prefix")
    @classmethod
    def _plain_prefix(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[A-Za-z0-9._:-]{1,64}", value):
            raise ValueError("must have 1 to 64 of A-Z a-z 0-9 . _ : -, such as crossrate:staging")
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis_address(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        files = {"ssl_ca_certs": "redis_ca_file", "ssl_certfile": "redis_cert_file", "ssl_keyfile": "redis_key_file"}
        parts = _parts("redis", info, name=_text(info, "redis_database"), files=files)
        tls = bool(info.data.get("redis_tls")) or bool(parts.options)
        sentinel_password = info.data.get("redis_sentinel_password")
        if sentinel_password is not None:
            options = (*parts.options, (SENTINEL_PASSWORD, sentinel_password.get_secret_value()))
            parts = replace(parts, options=options)
        address = redis_address(None if value is None else value.get_secret_value(), parts, tls=tls)
        return None if address is None else SecretStr(address)

    @field_validator("database_url")
    @classmethod
    def _database_address(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        files = {"sslmode": "database_sslmode", "sslrootcert": "database_ca_file"}
        parts = _parts("database", info, name=_text(info, "database_name"), files=files)
        if info.data.get("database_pooler"):
            parts = replace(parts, options=(*parts.options, ("pooler", "transaction")))
        scheme, _, rest = value.get_secret_value().partition("://")
        is_file = scheme == "sqlite" and rest.startswith("/") and len(rest) > 1 and not set("?#:") & set(rest)
        if not is_file and scheme not in {"postgresql", "postgres", "unix"}:
            raise ValueError("must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME")
        if is_file and not parts.are_set:
            _check_database_file(Path(rest[1:]))
            return value
        return SecretStr(postgres_address(value.get_secret_value(), parts))


def _check_database_file(file: Path) -> None:
    """Raise `ValueError` where something else than a database, or than room for one, is there."""
    folder = next(each for each in file.absolute().parents if each.exists())
    if not folder.is_dir():
        raise ValueError(f"{folder} is no folder, so there can be no database in it")
    if file.is_dir():
        raise ValueError(f"{file} is a folder; name a file in it, such as sqlite:///{file}/crossrate.db")
    if not file.exists():
        return
    try:
        with file.open("rb") as database:
            begin = database.read(len(_SQLITE_HEADER))
    except OSError as error:
        raise ValueError(f"{file} cannot be read: {error.strerror}") from None
    if begin not in {b"", _SQLITE_HEADER}:  # SQLite takes an empty file for an empty database
        raise ValueError(f"{file} is no SQLite database, or is damaged: restore it from a backup, or name another file")


def _parts(server: str, info: ValidationInfo, *, name: str | None, files: dict[str, str]) -> Parts:
    options = tuple((option, text) for option, field in files.items() if (text := _text(info, field)) is not None)
    password = info.data.get(f"{server}_password")
    return Parts(
        host=info.data.get(f"{server}_host"),
        port=info.data.get(f"{server}_port"),
        user=info.data.get(f"{server}_user"),
        password=None if password is None else password.get_secret_value(),
        name=name,
        options=options,
    )


def _text(info: ValidationInfo, field: str) -> str | None:
    value = info.data.get(field)
    return None if value is None else str(value)
