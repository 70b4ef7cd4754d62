"""Queries for lists of users and events, as the OpenAPI document describes them."""

import re
from functools import partial
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from application.identity.list_users import MAX_PAGE_USERS
from application.identity.ports.audit_log import AuditPosition
from application.identity.ports.users import UserPosition
from application.identity.read_audit_log import MAX_PAGE_EVENTS
from entrypoints.http.server.format import BomField, FormatField
from entrypoints.http.server.paging import decoded_cursor, encoded_cursor, limit_up_to, wrong_cursor

LONGEST_CURSOR = 96

_MOMENT = rb"([0-9]{1,12}\.[0-9]{1,9})"
_USER = re.compile(_MOMENT + rb"/([0-9a-f]{32})")
_EVENT = re.compile(_MOMENT + rb"/([0-9]{1,18})")


def user_cursor(position: UserPosition) -> str:
    """Write the position of a user."""
    return encoded_cursor(f"{float(position.created_at)!r}/{position.id.hex}".encode())


def event_cursor(position: AuditPosition) -> str:
    """Write the position of an event."""
    return encoded_cursor(f"{float(position.at)!r}/{position.number}".encode())


def _user_position(cursor: object) -> UserPosition:
    match = _USER.fullmatch(decoded_cursor(cursor, LONGEST_CURSOR))
    if match is None:
        raise wrong_cursor()
    return UserPosition(float(match[1]), UUID(match[2].decode()))


def _event_position(cursor: object) -> AuditPosition:
    match = _EVENT.fullmatch(decoded_cursor(cursor, LONGEST_CURSOR))
    if match is None:
        raise wrong_cursor()
    return AuditPosition(float(match[1]), int(match[2]))


UserCursor = Annotated[
    UserPosition | None,
    BeforeValidator(_user_position),
    WithJsonSchema({"type": "string", "format": "user-cursor", "maxLength": LONGEST_CURSOR}),
]
EventCursor = Annotated[
    AuditPosition | None,
    BeforeValidator(_event_position),
    WithJsonSchema({"type": "string", "format": "event-cursor", "maxLength": LONGEST_CURSOR}),
]
UserLimit = Annotated[
    int | None,
    BeforeValidator(partial(limit_up_to, MAX_PAGE_USERS)),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_PAGE_USERS}),
]
EventLimit = Annotated[
    int | None,
    BeforeValidator(partial(limit_up_to, MAX_PAGE_EVENTS)),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_PAGE_EVENTS}),
]


class _Query(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class UsersQuery(_Query):
    """Which users to list."""

    limit: UserLimit = Field(None, description="Maximum number of users; when absent, 100, or all of them in CSV.")
    cursor: UserCursor = Field(None, description="The `next_cursor` of the previous page.")
    format: FormatField = None
    bom: BomField = None


class AuditQuery(_Query):
    """Which events to list."""

    limit: EventLimit = Field(None, description="Maximum number of events; when absent, 100, or all of them in CSV.")
    cursor: EventCursor = Field(None, description="The `next_cursor` of the previous page.")
    format: FormatField = None
    bom: BomField = None
