"""What happened to accounts and keys: who did what, when, from where, and how it ended."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Action(StrEnum):
    """What was done, or tried."""

    REGISTER = "register"
    LOGIN = "login"
    REFRESH = "refresh"
    LOGOUT = "logout"
    DELETE_ACCOUNT = "delete_account"
    CREATE_KEY = "create_key"
    DELETE_KEY = "delete_key"
    DISABLE = "disable"
    ENABLE = "enable"
    RESET_PASSWORD = "reset_password"  # noqa: S105 -- an action's name


class Outcome(StrEnum):
    """How it ended."""

    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One line of the trail.

    `who` is the name that was given or acted under; `user_id`, the account where there is one; `address`, where it came
    from, an IP address or `command line`; `at`, when, in Unix seconds. `detail` names the key or the reason.
    """

    action: Action
    outcome: Outcome
    who: str
    user_id: UUID | None
    address: str
    at: float
    detail: str = ""
