"""Batches of conversions as requests and answers, and as the OpenAPI document describes them."""

from pydantic import BaseModel, ConfigDict, Field, SkipValidation, StrictBool

from domain.rates.book import RateType
from entrypoints.http.rates.fields import ExchangeField, RateTypeField, SecondsField
from entrypoints.http.rates.schemas import ConvertNowRequest, ConvertResponse
from entrypoints.http.server.problem_schemas import FieldErrorSchema

MOST_LINES = 1000

_DEFAULT = "For the lines that do not say it themselves; their field means what it means for one conversion."


class BatchRequest(BaseModel):
    """What to convert, line by line."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    # Each line is read on its own, so that one that is wrong does not spoil the others.
    conversions: list[SkipValidation[ConvertNowRequest]] = Field(
        description="The conversions, each with the fields of a single one.", min_length=1, max_length=MOST_LINES
    )
    exchange: ExchangeField = Field(None, description=_DEFAULT, examples=[None])
    cache_max_seconds: SecondsField | None = Field(None, description=_DEFAULT, examples=[60])
    rate_type: RateTypeField = Field(
        RateType.MID, description=f"{_DEFAULT} Lines with `depth` or `median` are rejected."
    )
    include_route: StrictBool = Field(default=False, description=_DEFAULT)


class LineProblem(BaseModel):
    """Why a line has no conversion: what a single conversion would be answered with."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(
        description="URI reference of the kind of problem.",
        examples=["/problems/no-route"],
        json_schema_extra={"format": "uri-reference"},
    )
    title: str = Field(examples=["No route"])
    status: int = Field(description="The status that a single conversion would have.", examples=[404])
    detail: str
    retry_after_seconds: int | None = Field(None, description="Seconds to wait before the next attempt.")
    errors: list[FieldErrorSchema] | None = Field(None, description="Each invalid field of the line.")
    reasons: dict[str, str] | None = Field(None, description="Why each exchange that answered has no route.")
    failures: dict[str, str] | None = Field(None, description="Why each of the other exchanges could not be asked.")
    diverging: dict[str, list[str]] | None = Field(
        None, description="Exchanges that have a route but were not used instead, with the pairs that differ."
    )


class FailedLine(BaseModel):
    """A line without a conversion."""

    model_config = ConfigDict(extra="forbid")

    problem: LineProblem


class BatchResponse(BaseModel):
    """An answer for each line, in their order: its conversion, or an object whose only member is `problem`."""

    model_config = ConfigDict(extra="forbid")

    conversions: list[ConvertResponse | FailedLine]
