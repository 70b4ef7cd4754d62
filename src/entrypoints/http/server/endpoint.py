"""One record per endpoint, beside its handler: the route, its access and its documentation all derive from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel

from entrypoints.http.server.access.guard import PUBLIC, Access
from entrypoints.http.server.common_problems import (
    BODY_TOO_LARGE,
    INVALID_INPUT,
    MALFORMED_REQUEST,
    METHOD_NOT_ALLOWED,
    REQUEST_TIMEOUT,
    UNSUPPORTED_MEDIA_TYPE,
)
from entrypoints.http.server.database_problems import WRITE_PROBLEMS
from entrypoints.http.server.error_shape import ErrorShape, shaped
from entrypoints.http.server.example import Examples
from entrypoints.http.server.idempotency import KEY_PROBLEMS, KeyUse, reading_key
from entrypoints.http.server.problems import INTERNAL_ERROR, ProblemKind
from entrypoints.http.server.request_query import without_query
from entrypoints.http.server.write_bulkhead import within_bulkhead
from entrypoints.settings.settings import Settings

PREFIX = "/api/v1"
# Every path of the API works without the version, too.
SHORT_PREFIX = "/api"

# Any endpoint can meet a header over 8 KiB, and a method that its path does not support.
_ALWAYS = (MALFORMED_REQUEST, METHOD_NOT_ALLOWED)
_READING_A_BODY = (REQUEST_TIMEOUT, BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE)


@dataclass(frozen=True, slots=True)
class OtherAnswer:
    """An answer that no model describes."""

    description: str
    content_type: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One method at one path.

    `answer` is None where success has no body. `problems` are the endpoint's own; those of its access and of reading
    its input are added. `is_revalidated`: answers carry an ETag. `csv` describes the answer as CSV, if
    that is offered. `writes`: it changes what the database holds. `shares_writes`: requests at the same time share one
    change, so they are not bounded like other changes.
    `idempotency_key`: whether it takes one; its handler then calls `answered_once`, and the answer is stored encrypted
    where `is_answer_secret`.
    `repeats` is the id of another endpoint that does the same, so that a request to one repeats a request to the other.
    `aliases` are paths that answer alike, and that the document does not list.
    `never_fails`: no input and no dependency can make it answer 500.
    `error_shape`: it stands in for another service, whose form its errors have.
    """

    method: str
    path: str
    handler: Handler
    id: str
    tag: str
    summary: str
    answer: type[BaseModel] | OtherAnswer | None
    access: Access = PUBLIC
    aliases: tuple[str, ...] = ()
    description: str = ""
    status: int = 200
    answer_examples: Examples = field(default_factory=dict)
    body: type[BaseModel] | None = None
    body_examples: Examples = field(default_factory=dict)
    is_body_required: bool = True
    query: type[BaseModel] | None = None
    path_parameters: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    problems: tuple[ProblemKind, ...] = ()
    is_revalidated: bool = False
    csv: str = ""
    writes: bool = False
    shares_writes: bool = False
    idempotency_key: KeyUse = KeyUse.NONE
    is_answer_secret: bool = False
    repeats: str = ""
    never_fails: bool = False
    error_shape: ErrorShape | None = None

    @property
    def all_problems(self) -> Iterator[ProblemKind]:
        """Every kind of problem that it may answer with. Access comes first, but last where it is optional."""
        yield from _ALWAYS
        if self.body is not None:
            yield from _READING_A_BODY
        takes_key = self.idempotency_key is not KeyUse.NONE
        if self.body is not None or self.query is not None or takes_key or self._rejects_queries:
            yield INVALID_INPUT
        access, own = self.access.problems, self.problems
        yield from (*own, *access) if self.access.is_optional else (*access, *own)
        if self.writes:
            yield from WRITE_PROBLEMS
        if takes_key:
            yield from KEY_PROBLEMS
        if not self.never_fails:
            yield INTERNAL_ERROR

    @property
    def _rejects_queries(self) -> bool:
        # Probes of health and scrapes of metrics may say what they like.
        return self.query is None and self.path.startswith(PREFIX + "/")

    @property
    def unshaped_problems(self) -> tuple[ProblemKind, ...]:
        """Those that arise before the endpoint is known, and so are never in its `error_shape`."""
        return _ALWAYS

    def routes(self, settings: Settings) -> Iterator[web.RouteDef]:
        """Return its routes, all with the same guarded handler."""
        own = without_query(self.handler, self.body) if self._rejects_queries else self.handler
        operation = self.repeats or self.id
        keyed = reading_key(own, self.idempotency_key, operation, is_answer_secret=self.is_answer_secret)
        handler = self.access.guard(
            within_bulkhead(keyed) if self.writes and not self.shares_writes else keyed, settings
        )
        handler = handler if self.error_shape is None else shaped(handler, self.error_shape)
        for path in self._paths():
            yield web.route(self.method, path, handler)

    def _paths(self) -> Iterator[str]:
        for path in (self.path, *self.aliases):
            yield path
            if path.startswith(PREFIX + "/"):
                yield SHORT_PREFIX + path.removeprefix(PREFIX)
