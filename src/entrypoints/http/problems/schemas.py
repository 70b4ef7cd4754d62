"""Problems as they go out over HTTP."""

from pydantic import BaseModel, Field


class FieldErrorSchema(BaseModel):
    """One field at fault."""

    field: str = Field(description="Name of the field; empty for the body as a whole.", examples=["amount"])
    detail: str = Field(description="What is wrong with it.", examples=["must be 0 or more"])


class ProblemDetails(BaseModel):
    """RFC 9457 problem details. The last four members are there for the kinds that have them."""

    type: str = Field(
        description="URI reference of the kind of problem.",
        examples=["/problems/invalid-input"],
        json_schema_extra={"format": "uri-reference"},
    )
    title: str = Field(examples=["Invalid input"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["amount must be 0 or more"])
    instance: str = Field(
        description="Path that was asked for.",
        examples=["/api/v1/convert"],
        json_schema_extra={"format": "uri-reference"},
    )
    request_id: str = Field(description="The X-Request-ID of this exchange of messages.")
    errors: list[FieldErrorSchema] | None = Field(None, description="Refused input: each field at fault.")
    reasons: dict[str, str] | None = Field(None, description="Why each exchange that answered has no route.")
    failures: dict[str, str] | None = Field(None, description="Why each exchange that could not be asked, could not.")
    diverging: dict[str, list[str]] | None = Field(
        None,
        description="Exchanges that have a route and were not taken in the place of one that could not be asked, with "
        "the pairs that they price too differently: what bears that name there is likely another coin.",
        examples=[{"kucoin": ["BIFI/USDT"]}],
    )


class ProblemMeaning(BaseModel):
    """What the `type` of a problem leads to."""

    type: str = Field(description="URI reference of the kind of problem.", examples=["/problems/no-route"])
    title: str = Field(examples=["No route"])
    status: int = Field(description="HTTP status that it is answered with.", examples=[404])
    meaning: str = Field(description="When it is answered, and which members it has.")
