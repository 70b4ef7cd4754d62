"""What is counted of background jobs."""

from enum import StrEnum
from typing import Protocol


class JobOutcome(StrEnum):
    """How a run of a job ended."""

    DONE = "done"
    NOT_NEEDED = "not_needed"
    FAILED = "failed"


class JobMeter(Protocol):
    """Takes events of jobs. A call neither waits nor fails."""

    def job_ended(self, job: str, outcome: JobOutcome, seconds: float) -> None:
        """Count a run of a job, with all of its attempts, that took so many seconds."""
        ...
