"""A job queue in a Redis stream, which workers read."""

from taskiq import AsyncBroker
from taskiq.exceptions import TaskiqError
from taskiq.kicker import AsyncKicker

from adapters.redis_clients import NO_ANSWER, reason_of
from application.jobs.ports.job_queue import JobArguments, JobQueue, QueueUnavailable


class TaskiqJobQueue(JobQueue):
    """Sends one message per job."""

    def __init__(self, broker: AsyncBroker) -> None:
        self._broker = broker

    async def enqueue(self, job: str, arguments: JobArguments) -> None:
        """Send the message."""
        kicker: AsyncKicker[..., None] = AsyncKicker(job, self._broker, {})
        try:
            await kicker.kiq(**arguments)
        except (TaskiqError, *NO_ANSWER) as error:
            raise QueueUnavailable(f"Redis: {reason_of(error.__cause__ or error)}") from error

    async def close(self) -> None:
        """Close the connections to Redis."""
        await self._broker.shutdown()
