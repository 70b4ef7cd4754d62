"""Record the quote that stands for an hour."""

from enum import StrEnum

import structlog

from application.concurrency.lease import try_lease
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
    """What came of it."""

    RECORDED = "recorded"
    THERE_ALREADY = "there_already"
    UNDER_WAY = "under_way"
    NOT_QUOTED = "not_quoted"
    TOO_LATE = "too_late"


class RecordHour:
    """One quote a pair and hour, however often and by however many this is asked for."""

    def __init__(
        self,
        *,
        ask: AskSources,
        database: Database[RecordingRepositories],
        clock: Clock,
        meter: QuoteMeter,
        longest_seconds: float,
    ) -> None:
        """Whoever claimed an hour and was killed keeps it from the others for `longest_seconds`."""
        self._ask = ask
        self._database = database
        self._clock = clock
        self._meter = meter
        self._longest_seconds = longest_seconds
        self._told_of: set[Pair] = set()

    async def __call__(self, pair: Pair, hour: int) -> Recording:
        """Ask for the rate and keep it for the hour that began at this Unix second, if that is not over.

        An hour gone by stays empty: no source tells what was, and a rate of another hour is not its rate.
        Raises `QuoteUnavailable` and `DatabaseUnavailable`.
        """
        if hour_of(self._clock.now()) != hour:
            log.warning("quote_hour_missed", pair=str(pair), hour=hour)
            return Recording.TOO_LATE
        if await self._is_there(pair, hour):
            return Recording.THERE_ALREADY
        async with try_lease(self._database, self._clock, f"record:{pair}:{hour}", self._longest_seconds) as is_ours:
            if not is_ours:
                return Recording.UNDER_WAY
            if await self._is_there(pair, hour):  # since another may have ended between the look and the claim
                return Recording.THERE_ALREADY
            return await self._recorded(pair, hour)

    async def _is_there(self, pair: Pair, hour: int) -> bool:
        async with self._database.reading() as unit:
            kept = await unit.quotes.find_by_hour(pair, hour)
        if kept is not None:
            self._meter.quote_recorded(kept.quote)
        return kept is not None

    async def _recorded(self, pair: Pair, hour: int) -> Recording:
        try:
            quote = await self._ask(pair, is_hourly=True)
        except NotQuoted as answer:
            self._skipped(pair, answer)
            return Recording.NOT_QUOTED
        now = self._clock.now()
        if now >= hour + HOUR_SECONDS:
            log.warning("quote_hour_missed", pair=str(pair), hour=hour)
            return Recording.TOO_LATE
        async with self._database.writing() as unit:
            kept = await unit.quotes.add_for_hour(quote, int(now), hour)
        if kept is None:
            return Recording.THERE_ALREADY
        self._meter.quote_recorded(quote)
        log.info("quote_recorded", pair=str(pair), source=quote.source, hour=hour, id=kept.id)
        return Recording.RECORDED

    def _skipped(self, pair: Pair, answer: NotQuoted) -> None:
        if pair not in self._told_of:
            self._told_of.add(pair)
            log.warning("quote_skipped", pair=str(pair), reasons=answer.reasons)
