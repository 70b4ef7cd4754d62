"""The addresses of Postgres and Redis: URLs, and parts that need no encoding."""

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from pydantic import SecretStr
from redis.asyncio import ConnectionPool
from sqlalchemy import make_url

from entrypoints.settings.settings import Settings, load_settings

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


CLUSTER, SENTINELS = "redis+cluster://a:1,[::2]:3", "redis+sentinel://u:old@a,b:26380/mymaster/2"


@pytest.mark.parametrize(
    ("url", "parts", "whole"),
    [
        (CLUSTER, {}, CLUSTER),
        (f"{CLUSTER}/0", {}, CLUSTER),
        (CLUSTER, {"redis_tls": True}, "rediss+cluster://a:1,[::2]:3"),
        (CLUSTER, {"redis_user": "u", "redis_password": SecretStr("p@s")}, "redis+cluster://u:p%40s@a:1,[::2]:3"),
        (SENTINELS, {}, SENTINELS),
        ("redis+sentinel://a/mymaster", {}, "redis+sentinel://a/mymaster/0"),
        (
            SENTINELS,
            {"redis_database": 3, "redis_password": SecretStr("new")},
            SENTINELS.replace("old", "new")[:-1] + "3",
        ),
        (SENTINELS, {"redis_sentinel_password": SecretStr("a&b")}, f"{SENTINELS}?sentinel_password=a%26b"),
        (f"{SENTINELS}?sentinel_password=a%26b", {}, f"{SENTINELS}?sentinel_password=a%26b"),
    ],
)
def test_several_hosts_of_redis_take_user_password_database_and_tls_as_parts(
    url: str, parts: dict[str, object], whole: str
) -> None:
    assert redis(redis_url=SecretStr(url), **parts) == whole


@pytest.mark.parametrize(
    ("url", "parts", "told"),
    [
        (CLUSTER, {"redis_host": "h"}, "CROSSRATE_REDIS_HOST and _PORT must not be set"),
        (SENTINELS, {"redis_port": 1}, "CROSSRATE_REDIS_HOST and _PORT must not be set"),
        (f"{CLUSTER}/1", {}, "a cluster has only number 0"),
        (CLUSTER, {"redis_database": 1}, "a cluster has only number 0"),
        (CLUSTER, {"redis_sentinel_password": SecretStr("s")}, "names no Sentinels"),
        ("redis://h", {"redis_sentinel_password": SecretStr("s")}, "names no Sentinels"),
        ("redis+sentinel://a,b", {}, "must end with the name of what the Sentinels watch"),
        ("redis+sentinel://a,b/mymaster/x", {}, "must end with the name of what the Sentinels watch"),
        ("redis+sentinel://a,,b/mymaster", {}, "must name its hosts as HOST:PORT,HOST:PORT"),
        ("redis+cluster://", {}, "must name its hosts as HOST:PORT,HOST:PORT"),
        ("redis+cluster://a:port", {}, "a port from 0 to 65535"),
        ("redis+cluster://u:p@ss@a:1,b:2", {}, "write it as %40, or set CROSSRATE_REDIS_PASSWORD"),
        ("redis+sentinel://a/mymaster?socket_timeout=9", {}, "may have no options but"),
        ("sentinel://a/mymaster", {}, "must begin with redis://"),
        ("redis:a", {}, "must begin with redis://"),
    ],
)
def test_several_hosts_of_redis_that_make_no_whole_address_are_refused(
    url: str, parts: dict[str, object], told: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        redis(redis_url=SecretStr(url), **parts)


@pytest.mark.parametrize("setting", ["redis_host", "database_host"])
@pytest.mark.parametrize(
    "written",
    [
        "cache.internal:6379",
        "127.0.0.1:1",
        "[::1]:1",
        "[::1",
        "user:s3cret@h",
        "s3cret@h",
        "redis://:s3cret@127.0.0.1:6379",
        "postgresql://u:s3cret@h/n",
        "h/n",
        "a b",
        "[]",
    ],
)
def test_more_than_a_host_as_a_part_is_told_where_the_rest_goes_and_not_repeated(setting: str, written: str) -> None:
    with pytest.raises(SystemExit) as raised:
        load_settings(**{setting: written, "database_name": "n"})
    message = str(raised.value)
    assert f"CROSSRATE_{setting.upper()}: must be a host alone" in message
    assert "s3cret" not in message


@pytest.mark.parametrize("written", ["::1", "[::1]"])
def test_an_ipv6_host_as_a_part_may_have_brackets(written: str) -> None:
    assert make_url(database(database_name="n", database_host=written)).host == "::1"
    pool = ConnectionPool.from_url(redis(redis_host=written))
    assert pool.connection_kwargs["host"] == "::1"
