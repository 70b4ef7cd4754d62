"""Record the quote of an hour."""

from enum import StrEnum

import structlog

from application.concurrency.database_lease import try_lease
from application.ports.clock import Clock
from application.ports.database import Database
from application.quotes.ask_sources import AskSources
from application.quotes.ports.quote_meter import QuoteMeter
from application.quotes.ports.repositories import RecordingRepositories
from domain.pair import Pair
from domain.quotes.errors import NotQuoted
from domain.quotes.quote import HOUR_SECONDS, hour_of

log = structlog.get_logger()


class Recording(StrEnum):
    """How recording an hour ended; `IN_PROGRESS` means that another process holds the lease."""

    RECORDED = "recorded"
    ALREADY_RECORDED = "already_recorded"
    IN_PROGRESS = "in_progress"
    NOT_QUOTED = "not_quoted"
    TOO_LATE = "too_late"


class RecordHour:
    """Records one quote per pair and hour, even if called repeatedly and by several processes."""

    def __init__(
        self,
        *,
        ask: AskSources,
        database: Database[RecordingRepositories],
        clock: Clock,
        meter: QuoteMeter,
        lease_seconds: float,
    ) -> None:
        """A process that dies blocks the others from its hour for `lease_seconds`."""
        self._ask = ask
        self._database = database
        self._clock = clock
        self._meter = meter
        self._lease_seconds = lease_seconds
        self._warned_about: set[Pair] = set()

    async def __call__(self, pair: Pair, hour: int) -> Recording:
        """Record the pair's rate for the hour that began at Unix second `hour`, unless that hour is over.

        A missed hour stays empty: no source knows its rate any more, and the rate of another hour would be wrong.
        Raises `QuoteUnavailable` and `DatabaseUnavailable`.
        """
        if hour_of(self._clock.now()) != hour:
            log.warning("quote_hour_missed", pair=str(pair), hour=hour)
            return Recording.TOO_LATE
        if await self._is_recorded(pair, hour):
            return Recording.ALREADY_RECORDED
        async with try_lease(self._database, self._clock, f"record:{pair}:{hour}", self._lease_seconds) as is_ours:
            if not is_ours:
                return Recording.IN_PROGRESS
            if await self._is_recorded(pair, hour):  # by another process, before this one had the lease
                return Recording.ALREADY_RECORDED
            return await self._record(pair, hour)

    async def _is_recorded(self, pair: Pair, hour: int) -> bool:
        async with self._database.reading() as unit:
            recorded = await unit.quotes.find_by_hour(pair, hour)
        if recorded is not None:
            self._meter.quote_recorded(recorded.quote)
        return recorded is not None

    async def _record(self, pair: Pair, hour: int) -> Recording:
        try:
            quote = await self._ask(pair, is_hourly=True)
        except NotQuoted as answer:
            self._warn_once(pair, answer)
            return Recording.NOT_QUOTED
        now = self._clock.now()
        if now >= hour + HOUR_SECONDS:
            log.warning("quote_hour_missed", pair=str(pair), hour=hour)
            return Recording.TOO_LATE
        recorded = await self._database.write(lambda unit: unit.quotes.add_for_hour(quote, int(now), hour))
        if recorded is None:
            return Recording.ALREADY_RECORDED
        self._meter.quote_recorded(quote)
        log.info("quote_recorded", pair=str(pair), source=quote.source, hour=hour, id=recorded.id)
        return Recording.RECORDED

    def _warn_once(self, pair: Pair, answer: NotQuoted) -> None:
        if pair not in self._warned_about:
            self._warned_about.add(pair)
            log.warning("quote_skipped", pair=str(pair), reasons=answer.reasons)
