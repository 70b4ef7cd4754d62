"""Leader election among all processes that share a Redis."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from redis.commands.core import AsyncScript

from adapters.redis.connection import RedisConnection
from adapters.redis.keys import key_prefix
from adapters.redis.scripts import LEAD, STEP_DOWN
from application.market_data.errors import LockUnavailable
from application.market_data.ports.leader_election import LeaderElection
from domain.errors import CacheUnavailable


class RedisLeaderElection(LeaderElection):
    """Stores the leader's name in a key that expires."""

    def __init__(self, link: RedisConnection, sources: Mapping[str, str]) -> None:
        """`sources` holds the URL of each exchange: processes elect a leader with others that have the same ones."""
        self._link = link
        self._key = key_prefix(link.prefix, "leader", repr(sorted(sources.items())))
        self._candidate = uuid4().hex
        self._lead = link.client.register_script(LEAD)
        self._step_down = link.client.register_script(STEP_DOWN)

    async def acquire(self, lease_seconds: float) -> float:
        """Set or renew the key, atomically."""
        left = await self._run("lead", self._lead, [self._candidate, round(lease_seconds * 1000)])
        return int(left) / 1000

    async def step_down(self) -> None:
        """Delete the key if it names this process."""
        await self._run("step_down", self._step_down, [self._candidate])

    async def _run(self, name: str, script: AsyncScript, arguments: list[str | int]) -> Any:  # noqa: ANN401
        # Each script returns something else.
        try:
            return await self._link.call(name, lambda client: script([self._key], arguments, client))
        except CacheUnavailable as error:
            raise LockUnavailable(str(error)) from error
