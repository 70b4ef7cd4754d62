"""Users and events of the audit log as an administrator sees them, and as the OpenAPI document describes them."""

from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field

from application.identity.list_users import ListedUser, UsersPage
from application.identity.ports.audit_log import RecordedEvent
from application.identity.read_audit_log import AuditPage
from domain.identity.audit_event import AuditAction, AuditOutcome
from domain.identity.lockout import Lockout, LockScope
from domain.identity.user import Role, User
from entrypoints.http.identity.list_queries import event_cursor, user_cursor
from entrypoints.http.server.csv_response import Row, iso_time

USER_COLUMNS = ("id", "username", "role", "state", "created_at", "locked_until", "created_at_iso", "locked_until_iso")
EVENT_COLUMNS = ("at", "who", "user_id", "action", "outcome", "address", "detail", "at_iso")

_NEXT = "Pass it as `cursor` for the next page; absent on the last page."


class LockoutSchema(BaseModel):
    """What wrong passwords have locked."""

    scope: LockScope
    address: str | None = Field(None, description="Only from here; absent: everywhere but at known addresses.")
    ends_at: int = Field(description="Unix second.", examples=[1714304596])

    @classmethod
    def of(cls, lockout: Lockout) -> Self:
        """Describe a lockout."""
        return cls(scope=lockout.scope, address=lockout.address, ends_at=int(lockout.ends_at))


class ListedUserSchema(BaseModel):
    """A user as administrators see them."""

    id: UUID
    username: str = Field(examples=["ada"])
    role: Role = Field(examples=["user"])
    state: str = Field(description="`enabled`, or `disabled`: may not sign in.", examples=["enabled"])
    created_at: int = Field(description="Unix second.", examples=[1714304596])
    lockouts: list[LockoutSchema] = Field(description="What wrong passwords lock now.")

    @classmethod
    def of(cls, listed: ListedUser) -> Self:
        """Describe a user."""
        user = listed.user
        return cls(
            id=user.id,
            username=user.name,
            role=user.role,
            state=_state(user),
            created_at=int(user.created_at),
            lockouts=[LockoutSchema.of(lockout) for lockout in listed.lockouts],
        )


class UsersAnswer(BaseModel):
    """Users, oldest first."""

    users: list[ListedUserSchema]
    next_cursor: str | None = Field(None, description=_NEXT)

    @classmethod
    def of(cls, page: UsersPage) -> Self:
        """Describe a page."""
        users = [ListedUserSchema.of(listed) for listed in page.users]
        return cls(users=users, next_cursor=None if page.next is None else user_cursor(page.next))


class EventSchema(BaseModel):
    """An event of the audit log: who did what, when, from where, and whether it was done."""

    at: int = Field(description="Unix second.", examples=[1714304596])
    who: str = Field(description="The user name as it was given.", examples=["ada"])
    user_id: UUID | None = Field(None, description="Absent if there was no such user.")
    action: AuditAction = Field(examples=["login"])
    outcome: AuditOutcome = Field(examples=["done"])
    address: str = Field(description="An IP address, or `command line`.", examples=["192.0.2.1"])
    detail: str = Field(description="The key, the role, the reason, or who did it.", examples=[""])

    @classmethod
    def of(cls, recorded: RecordedEvent) -> Self:
        """Describe an event."""
        event = recorded.event
        return cls(
            at=int(event.at),
            who=event.who,
            user_id=event.user_id,
            action=event.action,
            outcome=event.outcome,
            address=event.address,
            detail=event.detail,
        )


class AuditAnswer(BaseModel):
    """Events, newest first."""

    events: list[EventSchema]
    next_cursor: str | None = Field(None, description=_NEXT)

    @classmethod
    def of(cls, page: AuditPage) -> Self:
        """Describe a page."""
        events = [EventSchema.of(recorded) for recorded in page.events]
        return cls(events=events, next_cursor=None if page.next is None else event_cursor(page.next))


def user_row(listed: ListedUser) -> Row:
    """Return a user as a row of CSV."""
    user = listed.user
    created_at = int(user.created_at)
    locked_until = max((int(lockout.ends_at) for lockout in listed.lockouts), default=None)
    times = (created_at, locked_until)
    return (str(user.id), str(user.name), user.role.value, _state(user), *times, *map(iso_time, times))


def event_row(recorded: RecordedEvent) -> Row:
    """Return an event as a row of CSV."""
    event, at = recorded.event, int(recorded.event.at)
    user_id = None if event.user_id is None else str(event.user_id)
    return (
        at,
        event.who,
        user_id,
        event.action.value,
        event.outcome.value,
        event.address,
        event.detail,
        iso_time(at),
    )


def _state(user: User) -> str:
    return "disabled" if user.is_disabled else "enabled"
