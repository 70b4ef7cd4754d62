"""Examples of lists of users and events."""

from uuid import UUID

from domain.identity.audit_event import AuditAction, AuditOutcome
from domain.identity.lockout import LockScope
from domain.identity.user import Role
from entrypoints.http.identity.list_schemas import (
    AuditAnswer,
    EventSchema,
    ListedUserSchema,
    LockoutSchema,
    UsersAnswer,
)
from entrypoints.http.server.example import Examples, example_of

_AT = 1714304596
_USER_ID = UUID("4f249068-fea8-407c-8509-4e48aa9efba4")

USERS: Examples = {
    "one": example_of(
        "A user who is locked out at one address",
        UsersAnswer(
            users=[
                ListedUserSchema(
                    id=_USER_ID,
                    username="ada",
                    role=Role.USER,
                    state="enabled",
                    created_at=_AT,
                    lockouts=[
                        LockoutSchema(scope=LockScope.ACCOUNT_AT_ADDRESS, address="192.0.2.1", ends_at=_AT + 900)
                    ],
                )
            ]
        ),
    )
}
EVENTS: Examples = {
    "login": example_of(
        "A page of one",
        AuditAnswer(
            events=[
                EventSchema(
                    at=_AT,
                    who="ada",
                    user_id=_USER_ID,
                    action=AuditAction.LOGIN,
                    outcome=AuditOutcome.DONE,
                    address="192.0.2.1",
                    detail="",
                )
            ],
        ),
    )
}
