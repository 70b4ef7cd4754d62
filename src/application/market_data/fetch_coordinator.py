"""Asking an exchange in turn with all other processes, or having from them what one would have asked for."""

import asyncio
from contextlib import suppress
from typing import Protocol

from application.market_data.exchange_calls import ExchangeCalls
from application.market_data.ports.fetch_lock import (
    NO_FETCH,
    Failed,
    FetchLock,
    Kept,
    Lease,
    Outcome,
    Payload,
    UnderWay,
)
from domain.errors import CacheUnavailable
from domain.rates.errors import ExchangeUnavailable, FailureReason

# News of a change come at once; this often it is looked for all the same, since news can be lost.
LOOK_SECONDS = 0.05

# Whoever has waited for so many fetches of others, and for so long, is not served by waiting on: something is wrong.
# Both, since quick fetches of something else may be many, and whose turn comes next is a matter of luck.
MOST_FETCHES_WAITED_FOR = 4
LEAST_PATIENCE_SECONDS = 3.0


class Seeker(Protocol):
    """Who wants a value of an exchange: a younger one than there is, or one fetched after they came."""

    @property
    def payload(self) -> Payload:
        """What it is a value of."""
        ...

    def known(self, waited_for: int | None) -> int | None:
        """Return the fetch whose value, and any earlier one, is of no use; None when none that there is can be.

        `waited_for` is the number of the fetch that was under way when it was first asked, None before that.
        """
        ...

    async def read(self, number: int, waited_for: int | None) -> bool:
        """Take from the cache the value of this fetch, or of a later one; return whether that will do."""
        ...

    async def fetch(self, number: int) -> bool:
        """Fetch the value; return whether the cache keeps it. Raises `ExchangeUnavailable`."""
        ...


class FetchCoordinator:
    """One exchange, asked by one process at a time. Where processes share nothing, this one goes on by itself."""

    def __init__(self, exchange: str, fetch_lock: FetchLock, calls: ExchangeCalls) -> None:
        self._exchange = exchange
        self._fetch_lock = fetch_lock
        self._calls = calls
        self._alone = asyncio.Lock()
        self._own = NO_FETCH

    async def kept(self, payload: Payload) -> int:
        """Return the number of the newest fetch whose value the cache keeps, `NO_FETCH` when that cannot be told."""
        try:
            return await self._fetch_lock.kept(self._exchange, payload)
        except CacheUnavailable:
            return NO_FETCH

    async def serve(self, seeker: Seeker) -> None:
        """Have the seeker fetch or read what will do. Raises `ExchangeUnavailable`."""
        self._calls.refuse()
        try:
            lease = await self._turn(seeker)
        except CacheUnavailable:  # the adapter has said so in the log, once
            async with self._alone:
                self._calls.refuse()
                await self._fetch(seeker, NO_FETCH, Outcome())
            return
        if lease is not None:
            await self._use(lease, seeker)

    async def _turn(self, seeker: Seeker) -> Lease | None:
        waited_for: int | None = None
        others: set[int] = set()
        loop = asyncio.get_running_loop()
        patient_until = loop.time() + LEAST_PATIENCE_SECONDS
        while len(others) <= MOST_FETCHES_WAITED_FOR or loop.time() < patient_until:
            match await self._answer(seeker, waited_for):
                case Lease() as lease:
                    return lease
                case Kept(number):
                    if await seeker.read(number, waited_for):
                        return None
                case UnderWay(number):
                    waited_for = number if waited_for is None else waited_for
                    others.add(number)
                    await self._fetch_lock.change(self._exchange, LOOK_SECONDS)
        raise ExchangeUnavailable(
            self._exchange, FailureReason.TIMEOUT, "its turn did not come: others asked all the while"
        )

    async def _answer(self, seeker: Seeker, waited_for: int | None) -> Lease | Kept | UnderWay:
        known = seeker.known(waited_for)
        try:
            answer = await self._fetch_lock.take(self._exchange, seeker.payload, known=known, waited_for=waited_for)
        except ExchangeUnavailable as pause:
            self._calls.failed_elsewhere(pause)
            raise
        if not isinstance(answer, Failed):
            return answer
        if answer.number != self._own:  # else it was counted when it was met with
            self._calls.failed_elsewhere(answer.failure)
        raise answer.failure

    async def _use(self, lease: Lease, seeker: Seeker) -> None:
        extending = asyncio.create_task(self._extend(lease))
        outcome = Outcome()
        self._own = lease.number
        try:
            self._calls.refuse()  # again: the breaker may have opened while others were waited for
            await self._fetch(seeker, lease.number, outcome)
        finally:
            extending.cancel()
            with suppress(CacheUnavailable):
                await self._fetch_lock.end(lease, outcome)

    async def _fetch(self, seeker: Seeker, number: int, outcome: Outcome) -> None:
        try:
            outcome.is_kept = await seeker.fetch(number)
        except ExchangeUnavailable as failure:
            # Not a 451 or the like: it is about where a process is, and others may be elsewhere.
            outcome.failure = None if failure.reason is FailureReason.BLOCKED else failure
            if failure.reason is FailureReason.RATE_LIMITED and failure.retry_after_seconds:
                with suppress(CacheUnavailable):
                    await self._fetch_lock.leave_alone(failure)
            raise

    async def _extend(self, lease: Lease) -> None:
        while True:
            await asyncio.sleep(self._fetch_lock.lease_seconds / 3)
            with suppress(CacheUnavailable):
                await self._fetch_lock.extend(lease)
