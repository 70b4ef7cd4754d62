"""Problems as answers, and as the OpenAPI document describes them."""

from typing import Self

from pydantic import BaseModel, Field

from entrypoints.http.server.problem_schemas import FieldErrorSchema
from entrypoints.http.server.problems import ProblemKind


class ProblemDetails(BaseModel):
    """RFC 9457 problem details. Only some kinds of problems have the last four members."""

    type: str = Field(
        description="URI reference of the kind of problem.",
        examples=["/problems/invalid-input"],
        json_schema_extra={"format": "uri-reference"},
    )
    title: str = Field(examples=["Invalid input"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["amount must be 0 or more"])
    instance: str = Field(
        description="The requested path.",
        examples=["/api/v1/convert"],
        json_schema_extra={"format": "uri-reference"},
    )
    request_id: str = Field(description="The X-Request-ID of this request and its answer.")
    errors: list[FieldErrorSchema] | None = Field(None, description="Each invalid field of the input.")
    reasons: dict[str, str] | None = Field(None, description="Why each exchange that answered has no route.")
    failures: dict[str, str] | None = Field(None, description="Why each of the other exchanges could not be asked.")
    diverging: dict[str, list[str]] | None = Field(
        None,
        description="Exchanges that have a route but were not used instead of one that could not be asked, with the "
        "pairs whose prices differ too much: their ticker likely stands for another coin.",
        examples=[{"kucoin": ["BIFI/USDT"]}],
    )


class ProblemMeaning(BaseModel):
    """The explanation of one kind of problem."""

    type: str = Field(description="URI reference of the kind of problem.", examples=["/problems/no-route"])
    title: str = Field(examples=["No route"])
    status: int = Field(description="HTTP status of the answer.", examples=[404])
    meaning: str = Field(description="When it occurs, and which members it has.")

    @classmethod
    def of(cls, kind: ProblemKind, prefix: str = "") -> Self:
        """Describe a kind of problem. `prefix` is the path below which clients find the service."""
        return cls(type=prefix + kind.type, title=kind.title, status=kind.status, meaning=kind.meaning)
