"""The Redis of the tests is real, empty, and can be broken."""

import pytest
import redis

from tests.servers.redis import FORCE_VARIABLE, RedisProcess, choose_redis
from tests.servers.source import ServerUnavailableError


@pytest.mark.parametrize("run", ["first", "second"])
def test_each_test_begins_with_an_empty_redis(redis_url: str, run: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left behind", run)
        assert client.dbsize() == 1


def test_a_killed_redis_comes_back_empty_on_the_same_port(redis_process: RedisProcess) -> None:
    with redis.Redis.from_url(redis_process.url, socket_timeout=1) as client:
        client.set("lost", "1")
        redis_process.kill()
        with pytest.raises(redis.ConnectionError):
            client.ping()
        redis_process.start()
        assert client.get("lost") is None


def test_a_paused_redis_hangs_until_it_is_resumed(redis_process: RedisProcess) -> None:
    with redis.Redis.from_url(redis_process.url, socket_timeout=0.2, retry=None) as client:
        client.set("kept", "1")
        redis_process.pause()
        with pytest.raises(redis.TimeoutError):
            client.get("kept")
        redis_process.resume()
        assert client.get("kept") == b"1"


def test_an_unknown_source_is_rejected_with_the_known_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FORCE_VARIABLE, "cloud")
    with pytest.raises(ServerUnavailableError, match="docker, path, wheel"):
        choose_redis()


def test_a_forced_source_that_is_missing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv(FORCE_VARIABLE, "path")
    with pytest.raises(ServerUnavailableError, match="path: no redis-server on the PATH"):
        choose_redis()


def test_benchmarks_prefer_a_local_process_to_a_container(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FORCE_VARIABLE, raising=False)
    assert "Docker" not in choose_redis(prefer_process=True).description
