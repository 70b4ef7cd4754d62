"""What the application relies on, whoever gives out the turns. Every adapter and the fake pass the same suite."""

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
)
from domain.rates.errors import ExchangeUnavailable, FailureReason

LISTING, BOOKS = Payload.INSTRUMENTS, Payload.BOOK_TICKERS
SOON_SECONDS = 5.0


def failure(reason: FailureReason, retry_after_seconds: float | None = None) -> ExchangeUnavailable:
    return ExchangeUnavailable("binance", reason, "HTTP 500", retry_after_seconds, is_transient=True)


async def lease(fetch_lock: FetchLock, payload: Payload = BOOKS, exchange: str = "binance") -> Lease:
    answer = await fetch_lock.acquire(exchange, payload, newer_than=None, waited_for=None)
    assert isinstance(answer, Lease)
    return answer


class TurnsContract(ABC):
    """`fetch_lock` has given out none."""

    @pytest.fixture
    @abstractmethod
    def fetch_lock(self) -> FetchLock: ...

    @abstractmethod
    async def pass_seconds(self, seconds: float) -> None:
        """Let this much time pass for the turns."""

    async def test_an_exchange_has_one_turn_for_its_pairs_and_prices_alike(self, fetch_lock: FetchLock) -> None:
        held = await lease(fetch_lock, LISTING)
        for payload in Payload:
            answer = await fetch_lock.acquire("binance", payload, newer_than=None, waited_for=None)
            assert answer == InFlight(held.fencing_token)
        assert (held.exchange, held.payload) == ("binance", LISTING)

    async def test_exchanges_have_turns_of_their_own(self, fetch_lock: FetchLock) -> None:
        await lease(fetch_lock)
        assert (await lease(fetch_lock, exchange="kucoin")).exchange == "kucoin"

    async def test_numbers_rise_from_fetch_to_fetch_whatever_is_fetched(self, fetch_lock: FetchLock) -> None:
        numbers = []
        for payload in (BOOKS, LISTING, BOOKS):
            held = await lease(fetch_lock, payload)
            numbers.append(held.fencing_token)
            await fetch_lock.release(held, FetchOutcome())
        assert numbers == sorted(set(numbers))
        assert numbers[0] > NO_FETCH

    async def test_of_many_who_come_at_once_one_has_the_turn(self, fetch_lock: FetchLock) -> None:
        asked = [fetch_lock.acquire("binance", BOOKS, newer_than=None, waited_for=None) for _ in range(20)]
        answers = await asyncio.gather(*asked)
        assert sum(isinstance(answer, Lease) for answer in answers) == 1
        assert sum(isinstance(answer, InFlight) for answer in answers) == 19

    async def test_what_was_kept_is_told_of_instead_of_a_turn_to_who_does_not_know_it(
        self, fetch_lock: FetchLock
    ) -> None:
        assert await fetch_lock.newest_cached("binance", BOOKS) == NO_FETCH
        held = await lease(fetch_lock)
        await fetch_lock.release(held, FetchOutcome(is_cached=True))
        assert await fetch_lock.newest_cached("binance", BOOKS) == held.fencing_token
        assert await fetch_lock.newest_cached("binance", LISTING) == NO_FETCH
        answer = await fetch_lock.acquire("binance", BOOKS, newer_than=NO_FETCH, waited_for=None)
        assert answer == Cached(held.fencing_token)
        answer = await fetch_lock.acquire("binance", LISTING, newer_than=NO_FETCH, waited_for=None)
        assert isinstance(answer, Lease)

    async def test_who_knows_what_is_kept_has_the_turn_and_so_has_who_wants_none_of_it(
        self, fetch_lock: FetchLock
    ) -> None:
        held = await lease(fetch_lock)
        await fetch_lock.release(held, FetchOutcome(is_cached=True))
        known = await fetch_lock.acquire("binance", BOOKS, newer_than=held.fencing_token, waited_for=None)
        assert isinstance(known, Lease)
        await fetch_lock.release(known, FetchOutcome())
        await lease(fetch_lock)

    async def test_a_fetch_whose_value_was_not_kept_is_not_told_of(self, fetch_lock: FetchLock) -> None:
        held = await lease(fetch_lock)
        await fetch_lock.release(held, FetchOutcome())
        assert await fetch_lock.newest_cached("binance", BOOKS) == NO_FETCH

    async def test_a_turn_that_nobody_gives_back_is_over_after_its_lease(self, fetch_lock: FetchLock) -> None:
        held = await lease(fetch_lock)
        await self.pass_seconds(fetch_lock.lease_seconds * 0.7)
        assert isinstance(await fetch_lock.acquire("binance", BOOKS, newer_than=None, waited_for=None), InFlight)
        await self.pass_seconds(fetch_lock.lease_seconds * 0.4)
        assert (await lease(fetch_lock)).fencing_token > held.fencing_token

    async def test_a_turn_that_is_extended_lasts_for_another_lease(self, fetch_lock: FetchLock) -> None:
        held = await lease(fetch_lock)
        await self.pass_seconds(fetch_lock.lease_seconds * 0.7)
        await fetch_lock.extend(held)
        await self.pass_seconds(fetch_lock.lease_seconds * 0.7)
        assert isinstance(await fetch_lock.acquire("binance", BOOKS, newer_than=None, waited_for=None), InFlight)

    async def test_whoever_has_lost_a_turn_can_neither_give_it_back_nor_extend_it(self, fetch_lock: FetchLock) -> None:
        lost = await lease(fetch_lock)
        await self.pass_seconds(fetch_lock.lease_seconds * 1.1)
        held = await lease(fetch_lock)
        await fetch_lock.release(lost, FetchOutcome(is_cached=True))
        await fetch_lock.extend(lost)
        assert await fetch_lock.acquire("binance", BOOKS, newer_than=None, waited_for=None) == InFlight(
            held.fencing_token
        )
        assert await fetch_lock.newest_cached("binance", BOOKS) == NO_FETCH

    async def test_a_failure_is_told_to_those_who_waited_for_it_and_to_nobody_else(self, fetch_lock: FetchLock) -> None:
        held = await lease(fetch_lock)
        error = failure(FailureReason.BAD_BODY)
        await fetch_lock.release(held, FetchOutcome(error))
        answer = await fetch_lock.acquire("binance", BOOKS, newer_than=None, waited_for=held.fencing_token)
        assert isinstance(answer, FetchFailed)
        assert answer.fencing_token == held.fencing_token
        assert vars(answer.failure) == vars(error)
        later = await lease(fetch_lock)
        await fetch_lock.release(later, FetchOutcome(is_cached=True))
        assert isinstance(
            await fetch_lock.acquire("binance", BOOKS, newer_than=None, waited_for=later.fencing_token), Lease
        )

    @pytest.mark.parametrize(
        ("reason", "is_told"),
        [(FailureReason.TIMEOUT, True), (FailureReason.NETWORK, True), (FailureReason.SERVER_ERROR, False)],
    )
    async def test_who_waited_to_ask_for_something_else_is_told_what_is_true_of_the_whole_exchange(
        self, fetch_lock: FetchLock, reason: FailureReason, is_told: bool
    ) -> None:
        held = await lease(fetch_lock, LISTING)
        await fetch_lock.release(held, FetchOutcome(failure(reason)))
        answer = await fetch_lock.acquire("binance", BOOKS, newer_than=None, waited_for=held.fencing_token)
        assert isinstance(answer, FetchFailed) == is_told

    async def test_an_exchange_that_is_to_be_left_alone_is_until_its_time_is_over(self, fetch_lock: FetchLock) -> None:
        await fetch_lock.pause(failure(FailureReason.RATE_LIMITED, 2.0))
        with pytest.raises(ExchangeUnavailable) as caught:
            await lease(fetch_lock)
        assert (caught.value.exchange, caught.value.reason) == ("binance", FailureReason.RATE_LIMITED)
        assert caught.value.retry_after_seconds == pytest.approx(2.0, abs=0.5)
        await lease(fetch_lock, exchange="kucoin")
        await self.pass_seconds(2.1)
        await lease(fetch_lock)

    async def test_a_shorter_pause_does_not_cut_a_longer_one_short(self, fetch_lock: FetchLock) -> None:
        for seconds in (3.0, 1.0):
            await fetch_lock.pause(failure(FailureReason.RATE_LIMITED, seconds))
        await self.pass_seconds(1.2)
        with pytest.raises(ExchangeUnavailable):
            await lease(fetch_lock)

    async def test_what_is_kept_is_told_of_during_a_pause_too(self, fetch_lock: FetchLock) -> None:
        held = await lease(fetch_lock)
        await fetch_lock.release(held, FetchOutcome(is_cached=True))
        await fetch_lock.pause(failure(FailureReason.RATE_LIMITED, 60))
        assert await fetch_lock.acquire("binance", BOOKS, newer_than=NO_FETCH, waited_for=None) == Cached(
            held.fencing_token
        )

    async def test_who_waits_is_woken_when_a_turn_ends(self, fetch_lock: FetchLock) -> None:
        held = await lease(fetch_lock)
        waiting = asyncio.create_task(fetch_lock.wait_for_change("binance", 60))
        await asyncio.sleep(0)
        await fetch_lock.release(held, FetchOutcome())
        async with asyncio.timeout(SOON_SECONDS):
            await waiting

    async def test_who_waits_for_nothing_goes_on_when_the_time_is_over(self, fetch_lock: FetchLock) -> None:
        async with asyncio.timeout(SOON_SECONDS):
            await fetch_lock.wait_for_change("binance", 0.01)
