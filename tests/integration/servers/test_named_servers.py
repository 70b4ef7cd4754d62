"""The tests use servers that the environment names by URL, as they do in docker-compose.test.yml."""

import asyncpg
import pytest

from tests.servers import postgres, redis
from tests.servers.source import ServerUnavailableError


async def test_a_named_postgres_lends_a_database_of_its_own(
    postgres_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(postgres.FORCE_VARIABLE, postgres_server)
    source = postgres.choose_postgres()
    assert postgres.PASSWORD not in source.description
    with source.start() as url:
        assert url != postgres_server
        connection = await asyncpg.connect(url)
        await connection.execute("CREATE TABLE own (id int)")
        await connection.close()
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(url)


def test_each_process_takes_a_named_redis_of_its_own(redis_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(redis.FORCE_VARIABLE, f"redis://elsewhere/0,{redis_server}")
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw1")
    with redis.choose_redis().start() as url:
        assert url == redis_server
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw2")
    with pytest.raises(ServerUnavailableError, match="names 2 servers, too few"):
        redis.choose_redis()
