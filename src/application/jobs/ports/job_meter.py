"""The port to metrics of background jobs."""

from enum import StrEnum
from typing import Protocol


class JobOutcome(StrEnum):
    """How a run of a job ended."""

    DONE = "done"
    NOT_NEEDED = "not_needed"
    FAILED = "failed"


class JobMeter(Protocol):
    """Each call reports one event. No call blocks or raises."""

    def job_ended(self, job: str, outcome: JobOutcome, seconds: float) -> None:
        """A run of a job ended, after all its attempts, and took `seconds`."""
        ...
