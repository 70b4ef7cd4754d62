"""The queue of background jobs."""

from collections.abc import Mapping
from typing import Protocol

from domain.errors import CrossrateError

# What one run of a job is about, by the names of its function's parameters.
Payload = Mapping[str, str | int]


class QueueUnavailable(CrossrateError):
    """A job could not be enqueued. Nothing is lost: the scheduler tries again."""


class JobQueue(Protocol):
    """Passes jobs to whatever runs them: at least once each unless the queue itself is lost, and in any order."""

    async def enqueue(self, job: str, payload: Payload) -> None:
        """Have the named job run with this payload, and do not wait for it. Raises `QueueUnavailable`."""
        ...
