"""Runs the scripts of the fetch lock and of leader election."""

from collections.abc import Sequence
from typing import Any

from redis.commands.core import AsyncScript

from adapters.redis.connection import RedisConnection
from application.market_data.errors import LockUnavailable
from domain.errors import CacheUnavailable

Arguments = Sequence[str | bytes | int]


async def run_script(
    connection: RedisConnection, name: str, script: AsyncScript, key: str, arguments: Arguments
) -> Any:  # noqa: ANN401 -- each script returns something else
    """Return the script's reply; `name` is for the log. Raises `LockUnavailable`, within half a second."""
    try:
        return await connection.call(name, lambda client: script([key], arguments, client))
    except CacheUnavailable as error:
        raise LockUnavailable(str(error)) from error
