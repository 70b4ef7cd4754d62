"""A request with a key is answered once, whatever happens to its repeats."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from application.idempotency import answer_once as module
from application.idempotency.answer_once import Answered, AnswerOnce
from application.idempotency.jobs import BATCH, delete_expired_keys_job
from application.idempotency.write_once import LIFETIME_SECONDS, Once, write_once
from application.jobs.ports.job_meter import JobOutcome
from domain.errors import Conflict, DatabaseUnavailable
from domain.idempotency.errors import KeyInProgress, KeyReused
from domain.idempotency.keyed_request import Answer, IdempotencyKey, KeyedRequest
from tests.unit.fakes.accounts import user
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.database import FakeDatabase, FakeRepositories

REQUEST = KeyedRequest("user 1", IdempotencyKey("key"), b"fingerprint")


class Registration:
    """A use case that adds Ada, and can be told to fail."""

    def __init__(self) -> None:
        self.database = FakeDatabase()
        self.clock = FakeClock()
        self.failure: Exception | None = None
        self.runs = 0
        self.answer_once = AnswerOnce(database=self.database, clock=self.clock)

    async def __call__(self, once: Once[str]) -> str:
        async def work(unit: FakeRepositories) -> str:
            self.runs += 1
            await unit.users.add(user("Ada"))
            if self.failure is not None:
                raise self.failure
            return "Ada"

        return await write_once(self.database.write, work, once)

    async def requested(
        self, request: KeyedRequest = REQUEST, act: Callable[[Once[str]], Awaitable[object]] | None = None
    ) -> Answered:
        return await self.answer_once(request, act or self, answer_of, refusal_of)


def answer_of(name: str) -> Answer:
    return Answer(201, {"Content-Type": "text/plain"}, name.encode())


def refusal_of(error: Exception) -> Answer | None:
    return Answer(409, {}, str(error).encode()) if isinstance(error, Conflict) else None


@pytest.fixture
def registration() -> Registration:
    return Registration()


async def test_a_repeat_changes_nothing_and_gets_the_same_answer(registration: Registration) -> None:
    first, repeat = await registration.requested(), await registration.requested()
    assert first.answer == repeat.answer == answer_of("Ada")
    assert (first.is_replayed, repeat.is_replayed) == (False, True)
    assert (registration.runs, len(registration.database.rows.users)) == (1, 1)


async def test_simultaneous_repeats_are_one(registration: Registration) -> None:
    answers = await asyncio.gather(*(registration.requested() for _ in range(64)))
    assert {each.answer.body for each in answers} == {b"Ada"}
    assert [each.is_replayed for each in answers].count(False) == registration.runs == 1


async def test_what_was_refused_stays_refused_with_its_reason(registration: Registration) -> None:
    registration.failure = Conflict("not today")
    first = await registration.requested()
    registration.failure = None
    repeat = await registration.requested()
    assert first.answer == repeat.answer == Answer(409, {}, b"not today")
    assert (first.is_replayed, repeat.is_replayed) == (False, True)
    assert registration.database.rows.users == {}


async def test_a_refusal_before_the_work_is_kept_as_well(registration: Registration) -> None:
    async def refuse(_: Once[str]) -> None:
        raise Conflict("too early")

    await registration.requested(act=refuse)
    assert (await registration.requested()).answer.body == b"too early"
    assert registration.runs == 0


async def test_a_refusal_gives_way_to_what_another_process_answered_meanwhile(registration: Registration) -> None:
    of_another_process = AnswerOnce(database=registration.database, clock=registration.clock)

    async def be_overtaken(_: Once[str]) -> None:
        await of_another_process(REQUEST, registration, answer_of, refusal_of)
        raise Conflict("the name is taken")

    assert await registration.requested(act=be_overtaken) == Answered(answer_of("Ada"), is_replayed=True)


async def test_after_a_failure_the_repeat_makes_the_change(registration: Registration) -> None:
    registration.failure = DatabaseUnavailable("made to fail")
    with pytest.raises(DatabaseUnavailable):
        await registration.requested()
    registration.failure = None
    assert await registration.requested() == Answered(answer_of("Ada"), is_replayed=False)


async def test_a_key_for_another_request_is_refused_and_keeps_its_answer(registration: Registration) -> None:
    await registration.requested()
    with pytest.raises(KeyReused):
        await registration.requested(KeyedRequest(REQUEST.owner, REQUEST.key, b"another"))
    assert (await registration.requested()).is_replayed


async def test_a_key_in_progress_is_waited_for_briefly(
    registration: Registration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.05)
    may_go_on = asyncio.Event()

    async def wait_first(once: Once[str]) -> str:
        await may_go_on.wait()
        return await registration(once)

    slow = asyncio.create_task(registration.requested(act=wait_first))
    await asyncio.sleep(0)
    with pytest.raises(KeyInProgress):
        await registration.requested()
    may_go_on.set()
    assert not (await slow).is_replayed


async def test_a_use_case_that_forgets_the_key_is_noticed(registration: Registration) -> None:
    async def forget(_: Once[str]) -> None:
        """Write nothing."""

    with pytest.raises(RuntimeError, match="write_once"):
        await registration.requested(act=forget)


async def test_a_key_expires_after_thirty_days(registration: Registration) -> None:
    job = delete_expired_keys_job(registration.database, registration.clock)
    await registration.requested()
    registration.clock.advance(LIFETIME_SECONDS - 1)
    assert (await job.run()).outcome is JobOutcome.NOT_NEEDED
    assert (await registration.requested()).is_replayed
    registration.clock.advance(1)
    assert (await job.run()).outcome is JobOutcome.DONE
    assert registration.database.rows.idempotency_keys == {}


async def test_expired_keys_are_deleted_in_batches(registration: Registration) -> None:
    async with registration.database.writing() as unit:
        for number in range(BATCH + 1):
            request = KeyedRequest("user 1", IdempotencyKey(str(number)), b"")
            await unit.idempotency_records.begin(request, 0.0, 1.0)
    job = delete_expired_keys_job(registration.database, registration.clock)
    assert list(job.arguments_due(registration.clock.now())) == [{}]
    assert (await job.run()).outcome is JobOutcome.DONE
    assert registration.database.rows.idempotency_keys == {}
