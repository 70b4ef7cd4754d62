"""One harness for all tests of a module; each test leaves it working."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.resilience.harness import Harness, running_harness
from tests.servers.redis import RedisProcess, running_redis


@pytest.fixture(scope="module")
def module_redis() -> Iterator[RedisProcess]:
    with running_redis() as process:
        yield process


@pytest.fixture(scope="module")
async def harness(module_redis: RedisProcess, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Harness]:
    async with running_harness(module_redis, tmp_path_factory.mktemp("harness")) as harness:
        yield harness
