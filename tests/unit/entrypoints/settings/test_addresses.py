"""The addresses of Postgres and Redis: URLs, and parts that need no encoding."""

from pathlib import Path
from urllib.parse import quote

import pytest
from pydantic import SecretStr
from redis.asyncio import ConnectionPool
from sqlalchemy import make_url

from entrypoints.settings.settings import Settings

RAW = ["3q2+7w/Xy9==", "p@ss", "abc%41def", "a#b", "a?b", "a b", "50%", "[x]", "ö:ü", "$HOME'\"\\"]


def database(**settings: object) -> str:
    return Settings(_env_file=None, **settings).database_url.get_secret_value()  # type: ignore[arg-type]  # any setting


def redis(**settings: object) -> str:
    url = Settings(_env_file=None, **settings).redis_url  # type: ignore[arg-type]  # any setting
    assert url is not None
    return url.get_secret_value()


@pytest.mark.parametrize("password", RAW)
def test_a_password_as_a_part_is_taken_as_it_is(password: str) -> None:
    parts = {"host": "db", "user": "u@x", "password": SecretStr(password)}
    url = make_url(database(database_name="n/1", **{f"database_{name}": value for name, value in parts.items()}))
    assert (url.host, url.username, url.password, url.database) == ("db", "u@x", password, "n/1")
    pool = ConnectionPool.from_url(redis(redis_database=3, **{f"redis_{name}": value for name, value in parts.items()}))
    found = [pool.connection_kwargs[name] for name in ("host", "username", "password", "db")]
    assert found == ["db", "u@x", password, 3]


@pytest.mark.parametrize("password", RAW)
def test_an_encoded_password_in_a_url_works(password: str) -> None:
    encoded = quote(password, safe="")
    assert make_url(database(database_url=SecretStr(f"postgresql://u:{encoded}@db/n"))).password == password
    pool = ConnectionPool.from_url(redis(redis_url=SecretStr(f"redis://:{encoded}@db/0")))
    assert pool.connection_kwargs["password"] == password


@pytest.mark.parametrize(
    ("password", "encoded"),
    [
        ("3q2+7w/Xy9==", "%2F"),
        ("p@ss", "%40"),
        ("abc%41def", "%25"),
        ("a#b", "%23"),
        ("a?b", "%3F"),
        ("a b", "%20"),
        ("50%", "%25"),
        ("100%zz", "%25"),
    ],
)
@pytest.mark.parametrize(("setting", "url"), [("database", "postgresql://u:{}@db/n"), ("redis", "redis://:{}@db/0")])
def test_a_url_with_an_unencoded_password_is_rejected_with_what_to_encode(
    password: str, encoded: str, setting: str, url: str
) -> None:
    variable = f"CROSSRATE_{setting.upper()}_PASSWORD"
    with pytest.raises(ValueError, match=rf"write it as {encoded}, or set {variable}"):
        Settings(_env_file=None, **{f"{setting}_url": SecretStr(url.format(password))})  # type: ignore[arg-type]  # one setting


def test_parts_replace_those_of_the_url_and_leave_the_rest() -> None:
    url = database(
        database_url=SecretStr("postgresql://u:old@[::1]:5433/n?sslmode=require"), database_password=SecretStr("new")
    )
    assert url == "postgresql://u:new@[::1]:5433/n?sslmode=require"
    assert (
        redis(redis_url=SecretStr("redis://:old@h:1/2"), redis_host="::2", redis_tls=True) == "rediss://:old@[::2]:1/2"
    )


def test_the_files_of_tls_go_into_the_address() -> None:
    here = Path(__file__)
    assert "ssl_ca_certs=" in redis(redis_host="h", redis_ca_file=here)
    assert "sslrootcert=" in database(database_host="h", database_name="n", database_ca_file=here)


def test_a_socket_of_postgres_is_its_folder() -> None:
    for chosen in (
        {"database_url": SecretStr("unix://u:p@/run/postgresql?name=n")},
        {"database_host": "/run/postgresql", "database_name": "n"},
    ):
        url = make_url(database(**chosen))
        assert (url.host, url.database, url.query["host"]) == (None, "n", "/run/postgresql")


@pytest.mark.parametrize(
    "parts", [{"database_user": "u"}, {"database_host": "h"}, {"redis_password": SecretStr("p")}, {"redis_tls": True}]
)
def test_parts_that_make_no_whole_address_are_rejected(parts: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must"):
        Settings(_env_file=None, **parts)  # type: ignore[arg-type]  # any setting
