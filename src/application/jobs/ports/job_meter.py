"""Who is told how work in the background goes, so that it can be counted."""

from enum import StrEnum
from typing import Protocol

from domain.quotes.quote import Quote


class JobOutcome(StrEnum):
    """How one run of a job ended."""

    DONE = "done"
    NOT_NEEDED = "not_needed"
    FAILED = "failed"


class JobMeter(Protocol):
    """Each call tells of one event. None waits for anything, and none fails: work goes on regardless."""

    def job_ended(self, job: str, outcome: JobOutcome, seconds: float) -> None:
        """A run of a job ended, so many seconds after it began."""
        ...

    def quote_kept(self, quote: Quote) -> None:
        """A quote of a tracked pair was recorded, or was seen to have been."""
        ...
