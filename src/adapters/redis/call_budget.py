"""The calls of all processes that share a Redis."""

from collections.abc import Awaitable

from redis.asyncio import Redis

from adapters.redis.link import RedisLink
from application.call_plan import DAY_SECONDS, CallPlan, day_of
from application.ports.call_budget import CallBudget
from application.ports.clock import Clock
from domain.quote import HOUR_SECONDS, hour_of

KEEP_SECONDS = 2 * DAY_SECONDS

# One step, so that two processes never both take the last call. Milliseconds of rest left; -1 for no room; else 0.
_TAKE = """
local resting = redis.call('PTTL', KEYS[2])
if resting > 0 then return resting end
local used = tonumber(redis.call('HGET', KEYS[1], 'used') or 0)
local hourly = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or 0)
if used > tonumber(ARGV[4 + math.min(hourly, #ARGV - 4)]) then return -1 end
redis.call('HINCRBY', KEYS[1], 'used', 1)
redis.call('HINCRBY', KEYS[1], ARGV[1], ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 0
"""
_REST = """
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], '1', 'PX', ARGV[1]) end
return 0
"""


class RedisCallBudget(CallBudget):
    """Outlives the processes: a day's calls are not given out anew by starting again."""

    def __init__(self, link: RedisLink, source: str, plan: CallPlan, clock: Clock) -> None:
        """`source` names whose calls are counted."""
        self._link = link
        self._prefix = f"crossrate:calls:{source}:"
        self._plan = plan
        self._clock = clock

    async def take(self, *, is_hourly: bool) -> float | None:
        """Count the call, or tell when to ask again."""
        now = self._clock.now()
        hour = hour_of(now)
        keys = (f"{self._prefix}{day_of(now)}", f"{self._prefix}rest")
        rooms = self._plan.rooms(now, is_hourly=is_hourly)
        answer = await self._run(_TAKE, keys, (hour, int(is_hourly), KEEP_SECONDS, *rooms))
        if answer == 0:
            return None
        return answer / 1000 if answer > 0 else hour + HOUR_SECONDS - now

    async def rest(self, seconds: float) -> None:
        """Keep it in Redis' own time, which all processes share."""
        await self._run(_REST, (f"{self._prefix}rest",), (max(1, round(seconds * 1000)),))

    async def _run(self, script: str, keys: tuple[str, ...], arguments: tuple[int, ...]) -> int:
        def run(client: Redis) -> Awaitable[int]:
            return client.eval(script, len(keys), *keys, *arguments)

        return int(await self._link.call("calls", run))
