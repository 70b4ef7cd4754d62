"""The audit log keeps its events, even when their users are gone."""

from dataclasses import replace
from uuid import uuid4

from application.identity.ports.repositories import IdentityRepositories
from application.ports.database import Database
from domain.identity.audit_event import AuditAction, AuditEvent, AuditOutcome
from tests.unit.fakes.accounts import user
from tests.unit.fakes.clock import NOON

EVENT = AuditEvent(
    action=AuditAction.LOGIN,
    outcome=AuditOutcome.REFUSED,
    who="nobody",
    user_id=None,
    address="2001:db8::1",
    at=NOON + 0.5,
    detail="credentials",
)


async def added(database: Database[IdentityRepositories], *events: AuditEvent) -> None:
    async with database.writing() as work:
        for event in events:
            await work.audit_log.add(event)


async def test_events_are_listed_as_they_were_stored_newest_first(database: Database[IdentityRepositories]) -> None:
    later = replace(EVENT, user_id=uuid4(), at=NOON + 1, outcome=AuditOutcome.DONE)
    same_moment = replace(later, action=AuditAction.LOGOUT)
    await added(database, EVENT, later, same_moment)
    async with database.reading() as work:
        assert await work.audit_log.list_latest(10) == [same_moment, later, EVENT]
        assert await work.audit_log.list_latest(1) == [same_moment]


async def test_pages_together_have_every_event_once(database: Database[IdentityRepositories]) -> None:
    events = [replace(EVENT, at=NOON + number // 3 + 0.123456, detail=f"{number}") for number in range(8)]
    await added(database, *events)
    seen, before = [], None
    async with database.reading() as work:
        while page := await work.audit_log.list_page(before, 3):
            seen += [recorded.event for recorded in page]
            before = page[-1].position
    assert seen == events[::-1]


async def test_an_event_outlives_its_user(database: Database[IdentityRepositories]) -> None:
    ada = user("Ada")
    of_ada = replace(EVENT, who="Ada", user_id=ada.id)
    async with database.writing() as work:
        await work.users.add(ada)
        await work.audit_log.add(of_ada)
        await work.users.delete(ada.id)
    async with database.reading() as work:
        assert await work.audit_log.list_latest(10) == [of_ada]


async def test_old_events_are_deleted(database: Database[IdentityRepositories]) -> None:
    later = replace(EVENT, at=NOON + 1)
    await added(database, EVENT, later)
    async with database.writing() as work:
        await work.audit_log.delete_older_than(NOON + 0.5)
    async with database.reading() as work:
        assert await work.audit_log.list_latest(10) == [later]
