"""What is said of an operation of the API."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from entrypoints.http.server import problems
from entrypoints.http.server.problems import ProblemKind


@dataclass(frozen=True, slots=True)
class OtherAnswer:
    """An answer that is no model of ours."""

    description: str
    content_type: str
    type: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One method at one path: what it takes, what it answers when all is well, and each problem it can answer.

    `answer` is None where there is nothing to say. `security` names the ways to prove who asks, any of which will do;
    an empty name means that none is needed. `is_limited` tells of headers that say how often one may ask,
    `is_revalidated` of an answer that may be asked about by its ETag, and `csv` describes the same as CSV, if there is.
    """

    method: str
    path: str
    id: str
    tag: str
    summary: str
    answer: type[BaseModel] | OtherAnswer | None
    problems: tuple[ProblemKind, ...]
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    path_parameters: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    description: str = ""
    status: int = 200
    security: tuple[str, ...] = ()
    is_limited: bool = False
    is_revalidated: bool = False
    csv: str = ""
    is_body_required: bool = True


# The names of the security schemes.
BEARER = "bearer"
API_KEY = "apiKey"

# Of any request: a header over 8 KiB, or a method that the path does not know. They stand at each operation, for want
# of a place at the path.
ALWAYS = (problems.MALFORMED_REQUEST, problems.METHOD_NOT_ALLOWED)
READING_A_BODY = (problems.REQUEST_TIMEOUT, problems.BODY_TOO_LARGE, problems.UNSUPPORTED_MEDIA_TYPE)
