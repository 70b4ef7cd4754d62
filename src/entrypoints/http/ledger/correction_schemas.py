"""Corrections as requests and answers, and as the OpenAPI document describes them."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from domain.ledger.errors import InvalidReason
from domain.ledger.posted import PostedTransaction
from domain.ledger.transaction import MAX_REASON_LENGTH, check_reason
from entrypoints.http.server.validation import wrong_value
from entrypoints.http.wallets.fields import IdField


def _reason(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise PydanticCustomError("reason", "must say why")
    try:
        check_reason(value)
    except InvalidReason as error:
        raise wrong_value(error) from error
    return value


_REASON = {"type": "string", "format": "reason", "minLength": 1, "maxLength": MAX_REASON_LENGTH}

ReasonField = Annotated[str, BeforeValidator(_reason), WithJsonSchema(_REASON)]


class CorrectionRequest(BaseModel):
    """Which transaction was a mistake, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    transaction_id: IdField = Field(
        description="As in the owner's entries.", examples=["e5b7c2d4-1f3a-4e6b-8c9d-0a1b2c3d4e5f"]
    )
    reason: ReasonField = Field(
        description="For the owner of the money to read, in printable characters.", examples=["deposited twice"]
    )


class CorrectionAnswer(BaseModel):
    """The transaction that corrects another one."""

    model_config = ConfigDict(extra="forbid")

    transaction_id: UUID
    corrects: UUID
    recorded_at: int = Field(description="Unix second.", examples=[1714304596])
    reason: str = Field(examples=["deposited twice"])
    account_ids: list[UUID] = Field(description="Whose balances it changed. Those of wallets are ids of currencies.")

    @classmethod
    def of(cls, posted: PostedTransaction) -> Self:
        """Describe a correction."""
        header = posted.header
        if header.related_id is None:
            raise TypeError("a correction names what it corrects")
        return cls(
            transaction_id=header.id,
            corrects=header.related_id,
            recorded_at=header.recorded_at_us // 1_000_000,
            reason=header.reason,
            account_ids=[posting.account_id for posting in posted.postings],
        )
