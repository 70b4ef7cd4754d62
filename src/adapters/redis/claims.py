"""Claims among all processes that share a Redis."""

import secrets
from collections.abc import Awaitable

from redis.asyncio import Redis

from adapters.redis.link import RedisLink
from application.ports.claims import Claims

_PREFIX = "crossrate:claim:"
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class RedisClaims(Claims):
    """A claim is a key with an end, so that one whose holder was killed is over when that comes."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link
        self._holder = secrets.token_hex(8)

    async def claim(self, name: str, seconds: float) -> bool:
        """Take the name if nobody has it."""
        milliseconds = max(1, round(seconds * 1000))
        taken = await self._link.call(
            "claim", lambda client: client.set(_PREFIX + name, self._holder, nx=True, px=milliseconds)
        )
        return bool(taken)

    async def release(self, name: str) -> None:
        """Give it up, in one step with looking whose it is."""

        def give_up(client: Redis) -> Awaitable[int]:
            return client.eval(_RELEASE, 1, _PREFIX + name, self._holder)

        await self._link.call("release", give_up)
