"""The records of requests with a key: claimed once, kept with the change, and deleted when they expire."""

import asyncio
from dataclasses import replace

import pytest

from application.idempotency.ports.repositories import IdempotencyRepositories
from application.ports.database import Database
from domain.errors import Conflict
from domain.idempotency.errors import KeyReused
from domain.idempotency.keyed_request import Answer, IdempotencyKey, KeyedRequest

NOW, UNTIL = 1000.0, 2000.0
REQUEST = KeyedRequest("user 1", IdempotencyKey("key"), b"fingerprint")
ANSWER = Answer(201, {"Content-Type": "application/json"}, b'{"id":1}\x00\xff')

Records = Database[IdempotencyRepositories]


async def kept(database: Records, request: KeyedRequest = REQUEST, answer: Answer = ANSWER) -> None:
    async with database.writing() as unit:
        assert await unit.idempotency_records.begin(request, NOW, UNTIL) is None
        await unit.idempotency_records.keep(request, answer)


async def claimed(database: Records, request: KeyedRequest = REQUEST, now: float = NOW) -> Answer | None:
    """Claim it as any repeat would, without keeping anything."""
    answers = []

    async def begin(unit: IdempotencyRepositories) -> None:
        answers.append(await unit.idempotency_records.begin(request, now, UNTIL))
        raise Conflict("roll it back")

    with pytest.raises(Conflict):
        await database.write(begin)
    return answers[0]


async def test_a_kept_answer_is_found_as_it_was(database: Records) -> None:
    await kept(database)
    assert await claimed(database) == ANSWER


async def test_a_claim_that_is_rolled_back_leaves_nothing(database: Records) -> None:
    assert await claimed(database) is None
    assert await claimed(database) is None


async def test_owners_and_keys_are_independent(database: Records) -> None:
    await kept(database)
    assert await claimed(database, replace(REQUEST, owner="user 2")) is None
    assert await claimed(database, replace(REQUEST, key=IdempotencyKey("KEY"))) is None


async def test_another_request_with_the_key_is_refused(database: Records) -> None:
    await kept(database)
    with pytest.raises(KeyReused):
        async with database.writing() as unit:
            await unit.idempotency_records.begin(replace(REQUEST, fingerprint=b"another"), NOW, UNTIL)


async def test_the_longest_key_and_owner_have_room(database: Records) -> None:
    request = KeyedRequest("a" * 64, IdempotencyKey("~" * 255), b"f" * 32)
    await kept(database, request, Answer(204))
    assert await claimed(database, request) == Answer(204)


async def test_an_expired_record_is_replaced(database: Records) -> None:
    await kept(database)
    assert await claimed(database, now=UNTIL - 1) == ANSWER
    assert await claimed(database, replace(REQUEST, fingerprint=b"another"), now=UNTIL) is None


async def test_of_simultaneous_claims_one_comes_first_and_the_others_get_its_answer(database: Records) -> None:
    async def make(number: int) -> Answer:
        async def work(unit: IdempotencyRepositories) -> Answer:
            before = await unit.idempotency_records.begin(REQUEST, NOW, UNTIL)
            if before is None:
                await unit.idempotency_records.keep(REQUEST, Answer(201, {}, str(number).encode()))
            return before or Answer(201, {}, str(number).encode())

        return await database.write(work)

    answers = await asyncio.gather(*map(make, range(6)))
    assert len({answer.body for answer in answers}) == 1


async def test_expired_records_are_deleted_oldest_first(database: Records) -> None:
    async with database.writing() as unit:
        for number in range(4):
            request = replace(REQUEST, key=IdempotencyKey(str(number)))
            await unit.idempotency_records.begin(request, NOW, UNTIL + number)
            await unit.idempotency_records.keep(request, ANSWER)
    async with database.writing() as unit:
        assert await unit.idempotency_records.delete_expired(UNTIL + 2, 2) == 2
    found = [await claimed(database, replace(REQUEST, key=IdempotencyKey(str(number)))) for number in range(4)]
    assert found == [None, None, ANSWER, ANSWER]
    async with database.writing() as unit:
        assert await unit.idempotency_records.delete_expired(UNTIL + 2, 9) == 1
