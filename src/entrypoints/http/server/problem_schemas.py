"""What problems in answers share, as the OpenAPI document describes it."""

from pydantic import BaseModel, Field


class FieldErrorSchema(BaseModel):
    """One invalid field."""

    field: str = Field(description="Name of the field; empty for the body as a whole.", examples=["amount"])
    detail: str = Field(description="What is wrong with it.", examples=["must be 0 or more"])
