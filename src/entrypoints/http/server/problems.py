"""Turns errors into answers: RFC 9457 problems. Each feature defines its own beside its routes."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import orjson
from aiohttp import web

from domain.errors import CrossrateError
from entrypoints.http.server.answer import ProblemAnswer

CONTENT_TYPE = ProblemAnswer.content_type_as_sent
DEFAULT_RETRY_AFTER_SECONDS = 2
RETRY_AFTER = "Retry-After"


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One kind of problem. `meaning` is what its page and the OpenAPI document say of it.

    `members` and `headers` name what every problem of this kind has beyond what all problems have.
    """

    slug: str
    status: int
    title: str
    meaning: str
    members: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """The URI reference that names the kind; this service answers it with the kind's meaning."""
        return f"/problems/{self.slug}"


@dataclass(eq=False)
class Problem(Exception):
    """A problem on its way out: raise it anywhere below a handler. `more` holds the kind's own members."""

    kind: ProblemKind
    detail: str
    more: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


# What turns one class of errors, and its subclasses, into a problem.
Row = Callable[[Any], Problem]


@dataclass(frozen=True, slots=True)
class Problems:
    """The problems of one feature: their kinds, a row for each error, and errors whose problems serve as examples."""

    kinds: tuple[ProblemKind, ...]
    rows: Mapping[type[Exception], Row] = field(default_factory=dict)
    examples: tuple[Exception, ...] = ()


INTERNAL_ERROR = ProblemKind(
    "internal-error", 500, "Internal error", "A bug in the service. Its log has the details under the request id."
)


class ProblemTable:
    """The rows of all features. For an error, the row of the nearest of its classes counts."""

    def __init__(self, features: Iterable[Problems]) -> None:
        features = tuple(features)
        self._kinds = {kind.slug: kind for feature in features for kind in feature.kinds}
        self._rows: dict[type, Row] = {}
        for error, row in chain.from_iterable(feature.rows.items() for feature in features):
            assert self._rows.setdefault(error, row) is row, f"{error.__name__} has two rows"  # noqa: S101

    def kind_of(self, slug: str, status: int) -> ProblemKind:
        """Return the kind with this name; one that only another version of the service has gets a title of its own."""
        return self._kinds.get(slug) or ProblemKind(slug, status, slug.replace("-", " ").capitalize(), "")

    def problem_of(self, error: Exception) -> Problem:
        """Return the problem that describes `error`. For an unforeseen one it discloses nothing."""
        if isinstance(error, Problem):
            return error
        for each in type(error).__mro__:
            if each in self._rows:
                try:
                    return self._rows[each](error)
                except Exception as failure:  # noqa: BLE001 -- this describes failures to callers, who must get an answer
                    error.add_note(f"Describing it failed: {failure!r}")
                    break
        return Problem(INTERNAL_ERROR, "The service failed on this request.")


def problem_response(problem: Problem, request: web.BaseRequest, request_id: str, prefix: str = "") -> ProblemAnswer:
    """Write the problem. `prefix` is the path below which clients find the service."""
    body = orjson.dumps(problem_body(problem, request.rel_url.raw_path, request_id, prefix))
    return ProblemAnswer(body, problem.kind.status, problem.headers)


def problem_body(problem: Problem, instance: str, request_id: str, prefix: str = "") -> dict[str, Any]:
    """Return the members of the problem; `instance` is the requested path."""
    return {
        "type": prefix + problem.kind.type,
        "title": problem.kind.title,
        "status": problem.kind.status,
        "detail": problem.detail,
        "instance": prefix + instance,
        "request_id": request_id,
        **problem.more,
    }


def plain_problem(kind: ProblemKind) -> Problem:
    """Return a problem whose detail is the meaning of its kind."""
    return Problem(kind, kind.meaning)


def sentence_row(kind: ProblemKind) -> Row:
    """Return the row for errors whose message is all there is to say."""
    return lambda error: Problem(kind, sentence(error))


def sentence(error: CrossrateError) -> str:
    """Return the error's message as a sentence."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."


def retry_after(seconds: float) -> dict[str, str]:
    """Return the header that asks the client to wait, in seconds rounded up."""
    return {RETRY_AFTER: str(math.ceil(seconds))}
