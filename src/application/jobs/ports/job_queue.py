"""The port to the queue of background jobs."""

from collections.abc import Mapping
from typing import Protocol

from domain.errors import CrossrateError

# The arguments of a job, by parameter name.
JobArguments = Mapping[str, str | int]


class QueueUnavailable(CrossrateError):
    """A job could not be enqueued. Nothing is lost: the scheduler tries again."""


class JobQueue(Protocol):
    """Delivers jobs to workers at least once, unless the queue itself is lost, and in any order."""

    async def enqueue(self, job: str, arguments: JobArguments) -> None:
        """Enqueue the named job with these arguments, without waiting for its run. Raises `QueueUnavailable`."""
        ...
