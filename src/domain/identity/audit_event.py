"""Events of the audit log: who did what to accounts and keys, when, from where, and with what outcome."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from uuid import UUID

from domain.identity.user import User


class AuditAction(StrEnum):
    """What was done, or attempted."""

    REGISTER = "register"
    LOGIN = "login"
    REFRESH = "refresh"
    LOGOUT = "logout"
    DELETE_ACCOUNT = "delete_account"
    CREATE_KEY = "create_key"
    DELETE_KEY = "delete_key"
    DELETE_KEYS = "delete_keys"
    CREATE_WEBHOOK = "create_webhook"
    DELETE_WEBHOOK = "delete_webhook"
    ENABLE_WEBHOOK = "enable_webhook"
    SET_ASSET = "set_asset"
    HALT_CLEARING = "halt_clearing"
    RESUME_CLEARING = "resume_clearing"
    RESOLVE_BATCH = "resolve_batch"
    REFUND_ORDER = "refund_order"
    END_SESSION = "end_session"
    END_SESSIONS = "end_sessions"
    DISABLE = "disable"
    ENABLE = "enable"
    SET_ROLE = "set_role"
    UNLOCK = "unlock"
    CHANGE_PASSWORD = "change_password"  # noqa: S105 -- an action's name
    CONFIRM_PASSWORD = "confirm_password"  # noqa: S105 -- an action's name
    CORRECT_TRANSACTION = "correct_transaction"
    RESET_PASSWORD = "reset_password"  # noqa: S105 -- an action's name


class AuditOutcome(StrEnum):
    """Whether the action was carried out."""

    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One entry of the audit log.

    `who` is the username as given, `user_id` None if no such account exists, and `address` an IP address or
    `command line`. `at` is in Unix seconds. `detail` names the key, the role or the reason.
    """

    action: AuditAction
    outcome: AuditOutcome
    who: str
    user_id: UUID | None
    address: str
    at: float
    detail: str = ""

    @classmethod
    def done(cls, action: AuditAction, user: User, address: str, at: float, detail: str = "") -> Self:
        """Return the event of an action that was carried out on or by `user`."""
        return cls(action, AuditOutcome.DONE, user.name, user.id, address, at, detail)
