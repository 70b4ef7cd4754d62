"""One run of the job that records an hour, counted and logged."""

import asyncio
import time
from contextlib import suppress

import structlog

from application.jobs.ports.job_meter import JobMeter, JobOutcome
from application.quotes.record_hour import RecordHour, Recording
from domain.errors import CrossrateError, DatabaseUnavailable
from domain.pair import Pair
from domain.quotes.errors import QuoteUnavailable

NAME = "record_hour"

# Between the first attempt and the second; each further pause is twice as long.
FIRST_PAUSE_SECONDS = 1.0

log = structlog.get_logger()


class HourlyJob:
    """Ends well whatever comes: what failed is asked for again within the hour.

    What failed for a reason that may soon be over, such as a database that is still starting, or what another has under
    way, who may have been killed, is tried again at once, with growing pauses.
    """

    def __init__(self, record: RecordHour, meter: JobMeter, longest_seconds: float) -> None:
        """Break an attempt off that takes longer than `longest_seconds`, and begin none when a run has lasted longer.

        The last one begins just then: whatever was claimed before the run is free again.
        """
        self._record = record
        self._meter = meter
        self._longest_seconds = longest_seconds
        self._is_ending = asyncio.Event()

    async def __call__(self, pair: Pair, hour: int) -> JobOutcome:
        """Record the hour, if there is anything to record; return how it went. Takes twice the longest time at most."""
        began = time.perf_counter()
        pause_seconds = FIRST_PAUSE_SECONDS
        while True:
            outcome, is_to_be_tried_again = await self._attempt(pair, hour)
            lasted_seconds = time.perf_counter() - began
            if not is_to_be_tried_again or lasted_seconds >= self._longest_seconds or self._is_ending.is_set():
                break
            await self._pause(min(pause_seconds, self._longest_seconds - lasted_seconds))
            pause_seconds *= 2
        self._meter.job_ended(NAME, outcome, lasted_seconds)
        return outcome

    def end(self) -> None:
        """Try nothing again but once, at once: the process is told to stop."""
        self._is_ending.set()

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._is_ending.wait()

    async def _attempt(self, pair: Pair, hour: int) -> tuple[JobOutcome, bool]:
        try:
            async with asyncio.timeout(self._longest_seconds):
                recording = await self._record(pair, hour)
        except (CrossrateError, TimeoutError) as error:
            reason = str(error) or "it took too long"
            log.warning("job_failed", job=NAME, pair=str(pair), hour=hour, reason=reason)
            return JobOutcome.FAILED, _may_soon_be_over(error)
        if recording is Recording.RECORDED:
            return JobOutcome.DONE, False
        return JobOutcome.NOT_NEEDED, recording is Recording.UNDER_WAY


def _may_soon_be_over(error: Exception) -> bool:
    return isinstance(error, DatabaseUnavailable) or (isinstance(error, QuoteUnavailable) and error.may_soon_be_had)
