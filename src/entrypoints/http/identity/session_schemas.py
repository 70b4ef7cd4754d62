"""The page's session as an answer."""

from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field

from domain.identity.caller import Caller
from entrypoints.http.identity.schemas import Account


class PageSession(BaseModel):
    """Who is signed in, and what else a page needs to know to offer it."""

    account: Account | None = Field(None, description="Absent if nobody is signed in.")
    session_id: UUID | None = Field(
        None, description="Send it as `X-Session-Id` with whatever changes something. It is no secret of its own."
    )
    may_refresh: bool = Field(
        description="Whether there is a cookie to try `POST /session/refresh` with.", examples=[False]
    )
    is_registration_open: bool = Field(description="Whether anybody may register.", examples=[True])

    @classmethod
    def of(cls, caller: Caller | None, *, may_refresh: bool, is_registration_open: bool) -> Self:
        """Describe the session of a caller, if there is one."""
        return cls(
            account=Account.of(caller.user) if caller else None,
            session_id=caller.session_id if caller else None,
            may_refresh=may_refresh,
            is_registration_open=is_registration_open,
        )
