"""One run of the job that records an hour, counted and logged."""

import asyncio
import time

import structlog

from application.ports.job_meter import JobMeter, JobOutcome
from application.quotes.record_hour import RecordHour, Recording
from domain.errors import CrossrateError
from domain.pair import Pair

NAME = "record_hour"

log = structlog.get_logger()


class HourlyJob:
    """Ends well whatever comes: what failed is asked for again within the hour."""

    def __init__(self, record: RecordHour, meter: JobMeter, longest_seconds: float) -> None:
        """Break a run off that takes longer than `longest_seconds`."""
        self._record = record
        self._meter = meter
        self._longest_seconds = longest_seconds

    async def __call__(self, pair: Pair, hour: int) -> JobOutcome:
        """Record the hour, if there is anything to record; return how it went."""
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self._longest_seconds):
                recording = await self._record(pair, hour)
        except (CrossrateError, TimeoutError) as error:
            reason = str(error) or "it took too long"
            log.warning("job_failed", job=NAME, pair=str(pair), hour=hour, reason=reason)
            outcome = JobOutcome.FAILED
        else:
            outcome = JobOutcome.DONE if recording is Recording.RECORDED else JobOutcome.NOT_NEEDED
        self._meter.job_ended(NAME, outcome, time.perf_counter() - began)
        return outcome
