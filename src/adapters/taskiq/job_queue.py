"""The tasks: what is sent to the stream, and what is done with what comes from it."""

from collections.abc import Awaitable, Callable

from redis.exceptions import RedisError
from taskiq import AsyncBroker
from taskiq.exceptions import TaskiqError

from application.jobs.ports.job_queue import JobQueue
from domain.errors import CacheUnavailable
from domain.pair import Pair

RecordHour = Callable[[Pair, int], Awaitable[object]]


class Tasks(JobQueue):
    """`record_hour` is what a worker does with a message; who only sends needs none."""

    def __init__(self, broker: AsyncBroker, record_hour: RecordHour | None = None) -> None:
        @broker.task(task_name="record_hour")
        async def record(pair: str, hour: int) -> None:
            if record_hour is not None:
                await record_hour(Pair.parse(pair), hour)

        self._record = record

    async def record_hour(self, pair: Pair, hour: int) -> None:
        """Send it."""
        try:
            await self._record.kiq(str(pair), hour)
        except (TaskiqError, RedisError, OSError) as error:
            raise CacheUnavailable(f"Redis: {type(error.__cause__ or error).__name__}") from error
