"""One house for the tests of a module: each leaves it as it found it, all being well."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.resilience.house import House, running_house
from tests.servers.redis import RedisProcess, running_redis


@pytest.fixture(scope="module")
def module_redis() -> Iterator[RedisProcess]:
    with running_redis() as process:
        yield process


@pytest.fixture(scope="module")
async def house(module_redis: RedisProcess, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with running_house(module_redis, tmp_path_factory.mktemp("house")) as house:
        yield house
