"""What is wrong with a request is told in words for its sender, with the nearest field where a name is none."""

from collections.abc import Iterator
from typing import get_args

import pytest
from pydantic import BaseModel
from pydantic_core import ErrorDetails, ValidationError
from pydantic_core.core_schema import ErrorType

from entrypoints.http.endpoints import all_endpoints
from entrypoints.http.rates.schemas import ConvertRequest
from entrypoints.http.server.problems import Problem
from entrypoints.http.server.validation import validated

# Whatever its type, each field refuses some of them.
VALUES: tuple[object, ...] = (
    None,
    True,
    1,
    -1,
    2**70,
    1.5,
    "",
    "x",
    "x" * 5000,
    "1e400",
    "\ud800",
    [],
    [1],
    ["x"] * 100,
    {},
    {"a": 1},
)

LIBRARYS_OWN = frozenset(get_args(ErrorType))


def requests() -> list[type[BaseModel]]:
    """Return the models of all bodies and queries."""
    models = {model for endpoint in all_endpoints() for model in (endpoint.body, endpoint.query) if model is not None}
    return sorted(models, key=lambda model: model.__name__)


def refused_fields(schema: type[BaseModel]) -> Iterator[tuple[dict[str, object], list[ErrorDetails]]]:
    """Yield documents that are refused, with the library's own errors."""
    for name, field in schema.model_fields.items():
        for value in VALUES:
            document: dict[str, object] = {field.alias or name: value}
            try:
                schema.model_validate(document)
            except ValidationError as error:
                yield document, error.errors(include_url=False)


@pytest.mark.parametrize("schema", requests(), ids=lambda schema: schema.__name__)
def test_no_field_is_refused_in_the_librarys_words(schema: type[BaseModel]) -> None:
    for document, errors in refused_fields(schema):
        with pytest.raises(Problem) as refused:
            validated(schema, document)
        told = {error.detail for error in refused.value.more["errors"]}
        for error in errors:
            assert error["type"] not in LIBRARYS_OWN or error["msg"] not in told, (document, error["msg"])


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("curency_from", "is not a field of this request; did you mean currency_from?"),
        ("cacheMaxSeconds", "is not a field of this request; did you mean cache_max_seconds?"),
        ("weather", "is not a field of this request"),
        ("x" * 10_000, "is not a field of this request"),
    ],
)
def test_the_nearest_field_is_named(field: str, told: str) -> None:
    document = {"currency_from": "BTC", "currency_to": "USDT", "amount": 1, field: "BTC"}
    with pytest.raises(Problem) as refused:
        validated(ConvertRequest, document)
    assert [error.detail for error in refused.value.more["errors"]] == [told]
