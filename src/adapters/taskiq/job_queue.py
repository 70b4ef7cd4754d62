"""A job queue in a Redis stream, which workers read."""

from redis.exceptions import RedisError
from taskiq import AsyncBroker
from taskiq.exceptions import TaskiqError
from taskiq.kicker import AsyncKicker

from adapters.system_errors import with_reason
from application.jobs.ports.job_queue import JobQueue, Payload, QueueUnavailable


class TaskiqJobQueue(JobQueue):
    """Sends one message per job."""

    def __init__(self, broker: AsyncBroker) -> None:
        self._broker = broker

    async def enqueue(self, job: str, payload: Payload) -> None:
        """Send the message."""
        kicker: AsyncKicker[..., None] = AsyncKicker(job, self._broker, {})
        try:
            await kicker.kiq(**payload)
        except (TaskiqError, RedisError, OSError) as error:
            raise QueueUnavailable(f"Redis: {with_reason(error.__cause__ or error)}") from error

    async def close(self) -> None:
        """Close the connections to Redis."""
        await self._broker.shutdown()
