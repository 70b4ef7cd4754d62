"""What every kind of test shares: real servers, and a header that says where they come from."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
import redis
import structlog

from application.market_data import early_fetch
from entrypoints.settings.settings import Settings
from tests.servers.chromium import describe_chromium
from tests.servers.packages import describe_packages
from tests.servers.postgres import PostgresProcess, choose_postgres, empty, running_postgres
from tests.servers.recordings import NoSuchFolderError, describe_recordings, recorded_data
from tests.servers.redis import RedisProcess, choose_redis, running_redis, with_application_user
from tests.servers.source import ServerUnavailableError, Source

# They look for secrets in the logs of everything, measure coverage where it counts, and decide about the order.
pytest_plugins = ["tests.secrecy", "tests.measured", "tests.order"]

# Importing and collecting creates objects by the hundred thousand, and frees few. Walking through them again and again,
# then and during the tests, takes more than half of the time of collecting, and a fifth of that of the unit tests.
gc.disable()

# A file system in memory, where Linux has one, and what a run must leave free on it.
IN_MEMORY = Path("/dev/shm")  # noqa: S108 -- tempfile makes folders of their own there
FREE_BYTES = 4 * 2**30


def _keep_temporary_files_in_memory() -> None:
    """Let databases write to memory: on a disk they take twice the system time, and the tests wait for it."""
    if "TMPDIR" not in os.environ and _is_spacious(IN_MEMORY):
        os.environ["TMPDIR"] = tempfile.tempdir = str(IN_MEMORY)  # xdist's processes and the servers inherit it


def _is_spacious(folder: Path) -> bool:
    if not os.access(folder, os.W_OK):
        return False
    is_executable = not os.statvfs(folder).f_flag & os.ST_NOEXEC  # as tests' commands must be
    return is_executable and shutil.disk_usage(folder).free >= FREE_BYTES


_keep_temporary_files_in_memory()


def _never_cache_loggers() -> None:
    """Let every event go where logging is configured to at that moment.

    Services cache their loggers. In one process with other tests, a logger that an earlier service cached would keep
    its configuration, and whatever captures events later would see nothing.
    """
    configure = structlog.configure

    @wraps(configure)
    def configure_without_cache(*arguments: Any, **configuration: Any) -> None:  # noqa: ANN401 -- passed on
        configure(*arguments, **{**configuration, "cache_logger_on_first_use": False})

    structlog.configure = configure_without_cache


_never_cache_loggers()

_redis_source = pytest.StashKey[Source]()
_postgres_source = pytest.StashKey[Source]()


def pytest_configure(config: pytest.Config) -> None:
    _forget_settings()
    try:
        recorded_data()
        config.stash[_redis_source] = choose_redis()
        config.stash[_postgres_source] = choose_postgres()
    except (ServerUnavailableError, NoSuchFolderError) as missing:
        raise pytest.UsageError(str(missing)) from missing


def _forget_settings() -> None:
    """Remove settings and proxies from the environment: every test sets its own."""
    settings = {f"CROSSRATE_{name}".upper() for name in Settings.model_fields}
    for name in [name for name in os.environ if name.upper() in settings or name.upper().endswith("_PROXY")]:
        del os.environ[name]


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()
    gc.set_threshold(10_000, 10, 20)


def pytest_report_header(config: pytest.Config) -> list[str]:
    return [
        f"redis: {config.stash[_redis_source].description}",
        f"postgres: {config.stash[_postgres_source].description}",
        describe_chromium(),
        describe_recordings(),
        describe_packages(),
    ]


@pytest.fixture(scope="session", autouse=True)
def no_early_calls() -> Iterator[None]:
    """Keep services inside the test process from fetching what may not be needed.

    Whether such a call is made depends on milliseconds, and most tests count calls.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(early_fetch, "HEAD_START_SECONDS", 3600)
        yield


@pytest.fixture(scope="session")
def redis_server(pytestconfig: pytest.Config) -> Iterator[str]:
    """The URL of the run's one Redis. Tests take `redis_url`, which is empty when they begin."""
    with pytestconfig.stash[_redis_source].start() as url:
        yield url


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """The URL of a real Redis with nothing in it."""
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
    return redis_server


@pytest.fixture
def application_redis_url(redis_url: str) -> str:
    """The URL of that Redis with the user of the compose stack, who may do only what the service needs."""
    return with_application_user(redis_url)


@pytest.fixture
def redis_process() -> Iterator[RedisProcess]:
    """A running Redis of the test's own, to kill, pause, resume and start again on the same port."""
    with running_redis() as process:
        yield process


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> Iterator[str]:
    """The URL of the run's one Postgres. Tests take `postgres_url`, which is empty when they begin."""
    with pytestconfig.stash[_postgres_source].start() as url:
        yield url


@pytest.fixture
async def postgres_url(postgres_server: str) -> str:
    """The URL of a real Postgres with nothing in it, not even a schema."""
    await empty(postgres_server)
    return postgres_server


@pytest.fixture
def postgres_process() -> Iterator[PostgresProcess]:
    """A running Postgres of the test's own, to stop and start again on the same port."""
    with running_postgres() as process:
        yield process
