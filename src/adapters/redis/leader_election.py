"""One leader among all processes that share a Redis."""

from collections.abc import Mapping
from uuid import uuid4

from adapters.redis.connection import RedisConnection
from adapters.redis.keys import key_prefix
from adapters.redis.scripts import LEAD, RESIGN
from application.market_data.ports.leader_election import LeaderElection


class RedisLeaderElection(LeaderElection):
    """A key that holds the leader's token and expires."""

    def __init__(self, link: RedisConnection, sources: Mapping[str, str]) -> None:
        """Those lead together who ask the same exchanges at the same addresses, which `sources` tells."""
        self._link = link
        self._key = key_prefix("leader", repr(sorted(sources.items())))
        self._token = uuid4().hex
        self._lead = link.client.register_script(LEAD)
        self._resign = link.client.register_script(RESIGN)

    async def lead(self, for_seconds: float) -> float:
        """Have the key or renew it, in one step."""
        arguments: list[str | int] = [self._token, round(for_seconds * 1000)]
        left = await self._link.call("lead", lambda client: self._lead([self._key], arguments, client))
        return int(left) / 1000

    async def resign(self) -> None:
        """Remove the key if it is still ours."""
        await self._link.call("resign", lambda client: self._resign([self._key], [self._token], client))
