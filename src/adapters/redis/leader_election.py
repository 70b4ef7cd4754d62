"""Leader election among all processes that share a Redis."""

from collections.abc import Mapping
from uuid import uuid4

from adapters.redis.connection import RedisConnection
from adapters.redis.keys import key_prefix
from adapters.redis.run_script import Arguments, run_script
from adapters.redis.scripts import LEAD, STEP_DOWN
from application.market_data.ports.leader_election import LeaderElection


class RedisLeaderElection(LeaderElection):
    """Stores the leader's name in a key that expires."""

    def __init__(self, connection: RedisConnection, sources: Mapping[str, str]) -> None:
        """`sources` maps exchanges to URLs; processes elect a leader among those with the same URLs."""
        self._connection = connection
        self._key = key_prefix(connection.sealed_prefix, "leader", repr(sorted(sources.items())))
        self._candidate = uuid4().hex
        self._lead = connection.client.register_script(LEAD)
        self._step_down = connection.client.register_script(STEP_DOWN)

    async def acquire(self, lease_seconds: float) -> float:
        """Set or renew the key, atomically."""
        arguments: Arguments = [self._candidate, round(lease_seconds * 1000)]
        left = await run_script(self._connection, "lead", self._lead, self._key, arguments)
        return int(left) / 1000

    async def step_down(self) -> None:
        """Delete the key if it names this process."""
        await run_script(self._connection, "step_down", self._step_down, self._key, [self._candidate])
