"""The user that the service has in the compose stack may do in Redis what the service needs, and no more.

That it may do all of that, the contracts of everything that uses Redis show: they run as this user.
"""

import pytest
from redis.asyncio import Redis
from redis.exceptions import NoPermissionError, ResponseError

FORBIDDEN = [
    "FLUSHALL",
    "FLUSHDB",
    "KEYS *",
    "SCAN 0",
    "CONFIG GET *",
    "CONFIG SET maxmemory 1",
    "ACL LIST",
    "ACL SETUSER crossrate on nopass ~* +@all",
    "CLIENT LIST",
    "CLIENT KILL TYPE normal",
    "CLIENT PAUSE 10000",
    "SHUTDOWN NOSAVE",
    "SAVE",
    "MONITOR",
    "INFO",
    "REPLICAOF 203.0.113.1 6379",
    "SCRIPT FLUSH",
    "FUNCTION FLUSH",
    "SWAPDB 0 1",
    "SELECT 1",
    "RANDOMKEY",
    "GET other",
    "SET other 1",
    "EVAL return(1) 1 other",
    "PUBLISH other 1",
    "SUBSCRIBE other",
    "XADD jobs * data 1",
]


@pytest.mark.parametrize("command", FORBIDDEN)
async def test_what_the_service_does_not_need_is_forbidden(application_redis_url: str, command: str) -> None:
    async with Redis.from_url(application_redis_url) as client:
        with pytest.raises(NoPermissionError):
            await client.execute_command(*command.split())  # type: ignore[no-untyped-call]  # the library's


async def test_a_script_may_not_do_more_than_its_caller(application_redis_url: str) -> None:
    async with Redis.from_url(application_redis_url) as client:
        for call in ("'FLUSHALL'", "'GET', 'other'"):
            with pytest.raises(ResponseError, match=r"(?i)permission|can't run this command"):
                await client.eval(f"return redis.call({call})", 0)
