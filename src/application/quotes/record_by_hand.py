"""Record a quote because somebody asks for one now."""

import asyncio

from application.ports.claims import Claims
from application.ports.clock import Clock
from application.ports.database import Database
from application.quotes.ask_sources import AskSources
from application.quotes.claimed import claimed
from domain.errors import FailureReason, QuoteUnavailable, SourceUnavailable
from domain.pair import Pair
from domain.quote import RecordedQuote

# Who asks for what was recorded so lately came at the same time, as far as Unix seconds tell.
AT_ONCE_SECONDS = 1

# For the sources' answers, each within its own bounds; a process that dies meanwhile keeps others waiting for as long.
LONGEST_RECORDING_SECONDS = 15.0
GLANCE_SECONDS = 0.05


class RecordByHand:
    """However many ask for a pair at once, in however many processes, its sources are asked once and one quote is kept.

    A failure is shared like a quote, by those who wait in this process.
    """

    def __init__(self, *, ask: AskSources, database: Database, claims: Claims, clock: Clock) -> None:
        self._ask = ask
        self._database = database
        self._claims = claims
        self._clock = clock
        self._under_way: dict[Pair, asyncio.Task[RecordedQuote]] = {}

    async def __call__(self, pair: Pair) -> RecordedQuote:
        """Return what was recorded. Raises `NotQuoted`, `QuoteUnavailable` and `DatabaseUnavailable`."""
        task = self._under_way.get(pair)
        if task is None:
            task = self._under_way[pair] = asyncio.create_task(self._record(pair))
            task.add_done_callback(lambda done: self._forget(pair, done))
        return await asyncio.shield(task)

    async def close(self) -> None:
        """End what is under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _forget(self, pair: Pair, task: asyncio.Task[RecordedQuote]) -> None:
        del self._under_way[pair]
        if not task.cancelled():
            task.exception()  # looked at, even when every caller has gone away

    async def _record(self, pair: Pair) -> RecordedQuote:
        try:
            async with asyncio.timeout(LONGEST_RECORDING_SECONDS):
                return await self._when_it_is_our_turn(pair)
        except TimeoutError as error:
            late = SourceUnavailable("crossrate", FailureReason.TIMEOUT, "recording it has been under way for too long")
            raise QuoteUnavailable(str(pair), {late.source: late}, {}) from error

    async def _when_it_is_our_turn(self, pair: Pair) -> RecordedQuote:
        while True:
            recent = await self._recent(pair)
            if recent is not None:
                return recent
            async with claimed(self._claims, f"record:{pair}", LONGEST_RECORDING_SECONDS) as is_ours:
                if is_ours:
                    # Once more, since another may have ended between the look and the claim.
                    return await self._recent(pair) or await self._recorded(pair)
            await asyncio.sleep(GLANCE_SECONDS)

    async def _recent(self, pair: Pair) -> RecordedQuote | None:
        async with self._database.reading() as unit:
            last = await unit.quotes.last_by_hand(pair)
        return last if last is not None and self._clock.now() - last.recorded_at <= AT_ONCE_SECONDS else None

    async def _recorded(self, pair: Pair) -> RecordedQuote:
        quote = await self._ask(pair, is_hourly=False)
        async with self._database.writing() as unit:
            return await unit.quotes.add(quote, int(self._clock.now()))
