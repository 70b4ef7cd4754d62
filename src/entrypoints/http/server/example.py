"""Examples in the OpenAPI document."""

from typing import Any

from pydantic import BaseModel

Examples = dict[str, dict[str, Any]]


def example(summary: str, value: object) -> dict[str, Any]:
    """Return an example as the document holds it."""
    return {"summary": summary, "value": value}


def example_of(summary: str, answer: BaseModel) -> dict[str, Any]:
    """Return an example whose value is a model."""
    return example(summary, answer.model_dump(mode="json", exclude_none=True))
