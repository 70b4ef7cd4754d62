"""What the application relies on in any fetch lock. Every adapter and the fake pass the same suite."""

import asyncio
from abc import ABC, abstractmethod

import pytest

from application.market_data.ports.fetch_lock import (
    NO_FETCH,
    Cached,
    FetchFailed,
    FetchLock,
    FetchOutcome,
    InFlight,
    Lease,
    Payload,
    Spaced,
    Spacing,
)
from domain.rates.errors import ExchangeUnavailable, FailureReason

INSTRUMENTS, BOOK_TICKERS = Payload.INSTRUMENTS, Payload.BOOK_TICKERS
SOON_SECONDS = 5.0


def failure(reason: FailureReason, retry_after_seconds: float | None = None) -> ExchangeUnavailable:
    return ExchangeUnavailable("binance", reason, "HTTP 500", retry_after_seconds, is_transient=True)


async def lease(fetch_lock: FetchLock, payload: Payload = BOOK_TICKERS, exchange: str = "binance") -> Lease:
    answer = await fetch_lock.acquire(exchange, payload, newer_than=None, waited_for=None)
    assert isinstance(answer, Lease)
    return answer


async def booked(
    fetch_lock: FetchLock, *, is_for_sync: bool, exchange: str = "binance", newer_than: int | None = None
) -> Lease | InFlight | Spaced | Cached | FetchFailed:
    """Ask for a lease of which three can be had at once, and then one each second."""
    spacing = Spacing(seconds=1.0, burst_seconds=3.0, is_for_sync=is_for_sync)
    return await fetch_lock.acquire(exchange, BOOK_TICKERS, newer_than=newer_than, waited_for=None, spacing=spacing)


class FetchLockContract(ABC):
    """`fetch_lock` has granted no lease."""

    @pytest.fixture
    @abstractmethod
    def fetch_lock(self) -> FetchLock: ...

    @abstractmethod
    async def pass_seconds(self, seconds: float) -> None:
        """Let this much time pass for the lock."""

    async def test_an_exchange_has_one_lock_for_instruments_and_one_for_prices(self, fetch_lock: FetchLock) -> None:
        held = {payload: await lease(fetch_lock, payload) for payload in Payload}
        for payload, its in held.items():
            answer = await fetch_lock.acquire("binance", payload, newer_than=None, waited_for=None)
            assert answer == InFlight(its.fencing_token)
            assert (its.exchange, its.payload) == ("binance", payload)
        await fetch_lock.extend(held[INSTRUMENTS])
        await fetch_lock.release(held[INSTRUMENTS], FetchOutcome(is_cached=True))
        books = await fetch_lock.acquire("binance", BOOK_TICKERS, newer_than=NO_FETCH, waited_for=None)
        assert books == InFlight(held[BOOK_TICKERS].fencing_token)
        assert (await lease(fetch_lock, INSTRUMENTS)).fencing_token > held[BOOK_TICKERS].fencing_token

    async def test_each_exchange_has_its_own_lock(self, fetch_lock: FetchLock) -> None:
        await lease(fetch_lock)
        assert (await lease(fetch_lock, exchange="kucoin")).exchange == "kucoin"

    async def test_fencing_tokens_rise_from_fetch_to_fetch_whatever_the_payload(self, fetch_lock: FetchLock) -> None:
        numbers = []
        for payload in (BOOK_TICKERS, INSTRUMENTS, BOOK_TICKERS):
            held = await lease(fetch_lock, payload)
            numbers.append(held.fencing_token)
            await fetch_lock.release(held, FetchOutcome())
        assert numbers == sorted(set(numbers))
        assert numbers[0] > NO_FETCH

    async def test_of_many_simultaneous_attempts_one_gets_the_lease(self, fetch_lock: FetchLock) -> None:
        asked = [fetch_lock.acquire("binance", BOOK_TICKERS, newer_than=None, waited_for=None) for _ in range(20)]
        answers = await asyncio.gather(*asked)
        assert sum(isinstance(answer, Lease) for answer in answers) == 1
        assert sum(isinstance(answer, InFlight) for answer in answers) == 19

    async def test_a_newer_cached_value_is_reported_instead_of_a_lease(self, fetch_lock: FetchLock) -> None:
        assert await fetch_lock.newest_cached("binance", BOOK_TICKERS) == NO_FETCH
        held = await lease(fetch_lock)
        await fetch_lock.release(held, FetchOutcome(is_cached=True))
        assert await fetch_lock.newest_cached("binance", BOOK_TICKERS) == held.fencing_token
        assert await fetch_lock.newest_cached("binance", INSTRUMENTS) == NO_FETCH
        answer = await fetch_lock.acquire("binance", BOOK_TICKERS, newer_than=NO_FETCH, waited_for=None)
        assert answer == Cached(held.fencing_token)
        answer = await fetch_lock.acquire("binance", INSTRUMENTS, newer_than=NO_FETCH, waited_for=None)
        assert isinstance(answer, Lease)

    async def test_a_lease_is_granted_when_no_newer_value_is_cached_or_none_is_accepted(
        self, fetch_lock: FetchLock
    ) -> None:
        held = await lease(fetch_lock)
        await fetch_lock.release(held, FetchOutcome(is_cached=True))
        known = await fetch_lock.acquire("binance", BOOK_TICKERS, newer_than=held.fencing_token, waited_for=None)
        assert isinstance(known, Lease)
        await fetch_lock.release(known, FetchOutcome())
        await lease(fetch_lock)

    async def test_a_fetch_whose_value_was_not_cached_is_not_reported(self, fetch_lock: FetchLock) -> None:
        held = await lease(fetch_lock)
        await fetch_lock.release(held, FetchOutcome())
        assert await fetch_lock.newest_cached("binance", BOOK_TICKERS) == NO_FETCH

    async def test_a_lease_that_nobody_releases_expires(self, fetch_lock: FetchLock) -> None:
        held = await lease(fetch_lock)
        await self.pass_seconds(fetch_lock.lease_seconds * 0.7)
        assert isinstance(await fetch_lock.acquire("binance", BOOK_TICKERS, newer_than=None, waited_for=None), InFlight)
        await self.pass_seconds(fetch_lock.lease_seconds * 0.4)
        assert (await lease(fetch_lock)).fencing_token > held.fencing_token

    async def test_an_extended_lease_lasts_as_long_again(self, fetch_lock: FetchLock) -> None:
        held = await lease(fetch_lock)
        await self.pass_seconds(fetch_lock.lease_seconds * 0.7)
        await fetch_lock.extend(held)
        await self.pass_seconds(fetch_lock.lease_seconds * 0.7)
        assert isinstance(await fetch_lock.acquire("binance", BOOK_TICKERS, newer_than=None, waited_for=None), InFlight)

    async def test_a_lost_lease_can_neither_be_released_nor_extended(self, fetch_lock: FetchLock) -> None:
        lost = await lease(fetch_lock)
        await self.pass_seconds(fetch_lock.lease_seconds * 1.1)
        held = await lease(fetch_lock)
        await fetch_lock.release(lost, FetchOutcome(is_cached=True))
        await fetch_lock.extend(lost)
        assert await fetch_lock.acquire("binance", BOOK_TICKERS, newer_than=None, waited_for=None) == InFlight(
            held.fencing_token
        )
        assert await fetch_lock.newest_cached("binance", BOOK_TICKERS) == NO_FETCH

    async def test_a_failure_is_reported_to_callers_who_waited_for_it_and_to_no_others(
        self, fetch_lock: FetchLock
    ) -> None:
        held = await lease(fetch_lock)
        error = failure(FailureReason.BAD_BODY)
        await fetch_lock.release(held, FetchOutcome(error))
        answer = await fetch_lock.acquire("binance", BOOK_TICKERS, newer_than=None, waited_for=held.fencing_token)
        assert isinstance(answer, FetchFailed)
        assert answer.fencing_token == held.fencing_token
        assert vars(answer.failure) == vars(error)
        later = await lease(fetch_lock)
        await fetch_lock.release(later, FetchOutcome(is_cached=True))
        assert isinstance(
            await fetch_lock.acquire("binance", BOOK_TICKERS, newer_than=None, waited_for=later.fencing_token), Lease
        )

    @pytest.mark.parametrize(
        ("reason", "is_reported"),
        [(FailureReason.TIMEOUT, True), (FailureReason.NETWORK, True), (FailureReason.SERVER_ERROR, False)],
    )
    async def test_a_failure_of_the_whole_exchange_is_reported_for_the_other_payload_too(
        self, fetch_lock: FetchLock, reason: FailureReason, is_reported: bool
    ) -> None:
        held = await lease(fetch_lock, INSTRUMENTS)
        await fetch_lock.release(held, FetchOutcome(failure(reason)))
        answer = await fetch_lock.acquire("binance", BOOK_TICKERS, newer_than=None, waited_for=held.fencing_token)
        assert isinstance(answer, FetchFailed) == is_reported

    async def test_a_paused_exchange_grants_no_lease_until_the_pause_is_over(self, fetch_lock: FetchLock) -> None:
        await fetch_lock.pause(failure(FailureReason.RATE_LIMITED, 2.0))
        with pytest.raises(ExchangeUnavailable) as caught:
            await lease(fetch_lock)
        assert (caught.value.exchange, caught.value.reason) == ("binance", FailureReason.RATE_LIMITED)
        assert caught.value.retry_after_seconds == pytest.approx(2.0, abs=0.5)
        await lease(fetch_lock, exchange="kucoin")
        await self.pass_seconds(2.1)
        await lease(fetch_lock)

    async def test_a_shorter_pause_does_not_shorten_a_longer_one(self, fetch_lock: FetchLock) -> None:
        for seconds in (3.0, 1.0):
            await fetch_lock.pause(failure(FailureReason.RATE_LIMITED, seconds))
        await self.pass_seconds(1.2)
        with pytest.raises(ExchangeUnavailable):
            await lease(fetch_lock)

    async def test_a_cached_value_is_reported_during_a_pause_too(self, fetch_lock: FetchLock) -> None:
        held = await lease(fetch_lock)
        await fetch_lock.release(held, FetchOutcome(is_cached=True))
        await fetch_lock.pause(failure(FailureReason.RATE_LIMITED, 60))
        assert await fetch_lock.acquire("binance", BOOK_TICKERS, newer_than=NO_FETCH, waited_for=None) == Cached(
            held.fencing_token
        )

    async def test_fetches_beyond_the_burst_are_kept_apart_and_those_for_the_sync_are_not(
        self, fetch_lock: FetchLock
    ) -> None:
        newest = NO_FETCH
        for _ in range(3):
            held = await booked(fetch_lock, is_for_sync=False)
            assert isinstance(held, Lease)
            await fetch_lock.release(held, FetchOutcome())
            newest = held.fencing_token
        spaced = await booked(fetch_lock, is_for_sync=False)
        assert isinstance(spaced, Spaced)
        assert spaced.fencing_token == newest
        assert spaced.seconds == pytest.approx(1.0, abs=0.2)
        assert isinstance(await booked(fetch_lock, is_for_sync=False, exchange="kucoin"), Lease)
        for_sync = await booked(fetch_lock, is_for_sync=True)
        assert isinstance(for_sync, Lease)
        await fetch_lock.release(for_sync, FetchOutcome())
        await self.pass_seconds(1.1)
        assert isinstance(await booked(fetch_lock, is_for_sync=False), Spaced)  # the sync has booked too
        await self.pass_seconds(1.1)
        assert isinstance(await booked(fetch_lock, is_for_sync=False), Lease)

    async def test_what_is_kept_for_the_sync_is_given_to_nobody_else(self, fetch_lock: FetchLock) -> None:
        await fetch_lock.release(await lease(fetch_lock), FetchOutcome(closed_seconds=2.0, is_cached=True))
        with pytest.raises(ExchangeUnavailable) as caught:
            await booked(fetch_lock, is_for_sync=False)
        assert (caught.value.exchange, caught.value.reason) == ("binance", FailureReason.THROTTLED)
        assert caught.value.retry_after_seconds == pytest.approx(2.0, abs=0.5)
        assert isinstance(await booked(fetch_lock, is_for_sync=False, exchange="kucoin"), Lease)
        assert isinstance(await booked(fetch_lock, is_for_sync=False, newer_than=NO_FETCH), Cached)
        for_sync = await booked(fetch_lock, is_for_sync=True)
        assert isinstance(for_sync, Lease)
        await fetch_lock.release(for_sync, FetchOutcome())
        await self.pass_seconds(2.1)
        assert isinstance(await booked(fetch_lock, is_for_sync=False), Lease)

    async def test_connections_are_opened_apart_at_each_exchange(self, fetch_lock: FetchLock) -> None:
        assert await fetch_lock.book_connection("binance", 1.0) == 0
        assert await fetch_lock.book_connection("binance", 1.0) == pytest.approx(1.0, abs=0.3)
        assert await fetch_lock.book_connection("kucoin", 1.0) == 0
        await self.pass_seconds(1.1)
        assert await fetch_lock.book_connection("binance", 1.0) == 0

    async def test_no_connection_is_opened_during_a_pause(self, fetch_lock: FetchLock) -> None:
        await fetch_lock.pause(failure(FailureReason.RATE_LIMITED, 60))
        with pytest.raises(ExchangeUnavailable) as caught:
            await fetch_lock.book_connection("binance", 1.0)
        assert caught.value.reason is FailureReason.RATE_LIMITED
        assert caught.value.retry_after_seconds == pytest.approx(60, abs=1)

    async def test_a_release_ends_the_wait_for_a_change(self, fetch_lock: FetchLock) -> None:
        held = await lease(fetch_lock)
        waiting = asyncio.create_task(fetch_lock.wait_for_change("binance", 60))
        await asyncio.sleep(0)
        await fetch_lock.release(held, FetchOutcome())
        async with asyncio.timeout(SOON_SECONDS):
            await waiting

    async def test_the_wait_for_a_change_ends_with_its_timeout(self, fetch_lock: FetchLock) -> None:
        async with asyncio.timeout(SOON_SECONDS):
            await fetch_lock.wait_for_change("binance", 0.01)
