"""Price locks that nobody accepted in time are deleted."""

from uuid import uuid4

from application.jobs.ports.job_meter import JobOutcome
from application.orders.price_locks_job import CHUNK, KEPT_SECONDS, delete_expired_price_locks_job
from domain.orders.price_lock import PriceLock
from tests.unit.application.orders.harness import USDT, Orders
from tests.unit.fakes.database import FakeDatabase


async def test_expired_price_locks_are_deleted_an_hour_later() -> None:
    database = FakeDatabase()
    house = Orders(database=database)
    who, now = await house.buyer(), house.clock.now()
    terms = (await house.order(who)).terms
    async with database.writing() as unit:
        for _ in range(CHUNK + 1):
            await unit.price_locks.add(PriceLock(uuid4(), who.id, terms, USDT, now, now + 10))
    job = delete_expired_price_locks_job(database, house.clock)
    house.pass_time(KEPT_SECONDS + 10)
    assert (await job.run()).outcome is JobOutcome.NOT_NEEDED
    assert len(database.rows.ordering.price_locks) == CHUNK + 1
    house.pass_time(1)
    assert list(job.arguments_due(house.clock.now())) == [{}]
    assert (await job.run()).outcome is JobOutcome.DONE
    assert database.rows.ordering.price_locks == {}
