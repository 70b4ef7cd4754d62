"""Reads `Idempotency-Key`, and gives every repeat of a request the answer of the first one."""

import json
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from functools import partial
from typing import TypeVar

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from application.idempotency.answer_once import Answered
from application.idempotency.write_once import Once
from domain.idempotency.errors import InvalidIdempotencyKey, KeyInProgress, KeyReused
from domain.idempotency.keyed_request import Answer, IdempotencyKey, KeyedRequest
from entrypoints.http.server.app_keys import CALLER, CONTAINER, PROBLEM_TABLE
from entrypoints.http.server.common_problems import FieldError, invalid_input
from entrypoints.http.server.problems import (
    CONTENT_TYPE,
    RETRY_AFTER,
    Problem,
    ProblemKind,
    Problems,
    retry_after,
    sentence,
)
from entrypoints.http.server.rate_limiting import by_address, by_user
from entrypoints.http.server.request_body import BODY

KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"

_KEY = web.RequestKey("idempotency_key", IdempotencyKey)
_OPERATION = web.RequestKey("operation", str)
_IS_SECRET = web.RequestKey("is_answer_secret", bool)

KEY_REUSED = ProblemKind(
    "idempotency-key-reused",
    422,
    "Idempotency key reused",
    "The Idempotency-Key belongs to a request with another method, path or body, or to one from before the service's "
    "secret was changed. Nothing was changed. Make a new key for a new request.",
    members=("errors",),
)
KEY_IN_PROGRESS = ProblemKind(
    "idempotency-key-in-progress",
    409,
    "Idempotency key in progress",
    "An earlier request with this Idempotency-Key is still in progress. Repeat it, with the same key, after the "
    "seconds in Retry-After.",
    headers=(RETRY_AFTER,),
)
KEY_PROBLEMS = (KEY_IN_PROGRESS, KEY_REUSED)

# Answers that are about the caller or the moment. The same request may be answered differently later.
_NOT_KEPT = frozenset({401, 403, 429})

PROBLEMS = Problems(
    kinds=KEY_PROBLEMS,
    rows={
        InvalidIdempotencyKey: lambda error: invalid_input([FieldError(KEY_HEADER, str(error))]),
        KeyReused: lambda error: Problem(
            KEY_REUSED, sentence(error), {"errors": [FieldError(KEY_HEADER, "belongs to another request")]}
        ),
        KeyInProgress: lambda error: Problem(KEY_IN_PROGRESS, sentence(error), {}, retry_after(1)),
    },
    examples=(
        KeyReused("this key belongs to another request"),
        KeyInProgress("a request with this key is in progress"),
    ),
)

T = TypeVar("T")


class KeyUse(Enum):
    """Whether an endpoint takes an `Idempotency-Key`."""

    NONE = auto()
    ACCEPTED = auto()
    REQUIRED = auto()


def reading_key(handler: Handler, use: KeyUse, operation: str, *, is_answer_secret: bool) -> Handler:
    """Return a handler that checks the header first; `handler` then calls `answered_once`.

    `operation` is the same at all paths and methods that do the same.
    """
    if use is KeyUse.NONE:
        return handler

    async def handle(request: web.Request) -> web.StreamResponse:
        key = _key_of(request)
        if key is not None:
            request[_KEY], request[_OPERATION], request[_IS_SECRET] = key, operation, is_answer_secret
        elif use is KeyUse.REQUIRED:
            raise invalid_input([FieldError(KEY_HEADER, "is missing")])
        return await handler(request)

    return handle


async def answered_once(
    request: web.Request, act: Callable[[Once[T] | None], Awaitable[T]], respond: Callable[[T], web.Response]
) -> web.Response:
    """Have `act` make the change once, and answer with `respond`, or as the first request with this key was answered.

    Call it last in a handler, once the body has been read and is valid.
    """
    key = request.get(_KEY)
    if key is None:
        return respond(await act(None))
    answer_once = request.app[CONTAINER].idempotency().answer_once()
    keyed = KeyedRequest(_owner_of(request), key, _fingerprint(request))
    answered = await answer_once(
        keyed,
        act,
        lambda result: _answer_of(respond(result), request, keyed),
        partial(_refusal_of, request),
    )
    return _response_of(answered, request, keyed)


def _key_of(request: web.Request) -> IdempotencyKey | None:
    given = request.headers.getall(KEY_HEADER, [])
    if len(given) > 1:
        raise InvalidIdempotencyKey("must be sent once")
    return IdempotencyKey.parse(given[0]) if given else None


def _owner_of(request: web.Request) -> str:
    caller = request.get(CALLER)
    return by_address(request) if caller is None else by_user(caller)


def _fingerprint(request: web.Request) -> bytes:
    """Return the digest of what the request asks for, however it is written and at whichever of its paths."""
    asked = (request[_OPERATION], sorted(request.match_info.items()), sorted(request.query.items()))
    head = orjson.dumps(asked)
    return request.app[CONTAINER].idempotency().sealer().fingerprint(head + b"\n" + _content(request.get(BODY, b"")))


def _content(body: bytes) -> bytes:
    """Return JSON without its white space and the order of its members; numbers stay as they are written."""
    try:
        document = json.loads(body, parse_int=_as_written, parse_float=_as_written)
    except (ValueError, RecursionError):
        return body
    return json.dumps(document, sort_keys=True).encode()


def _as_written(number: str) -> dict[str, str]:
    return {"number": number}


def _answer_of(response: web.Response, request: web.Request, keyed: KeyedRequest) -> Answer:
    body = response.body or b""
    if not isinstance(body, bytes):
        raise TypeError("an answer that is kept must have its body in bytes")
    if request[_IS_SECRET]:
        body = request.app[CONTAINER].idempotency().sealer().seal(body, keyed.fingerprint)
    headers = {f"{name}": value for name, value in response.headers.items()}
    return Answer(response.status, headers, body)


def _refusal_of(request: web.Request, error: Exception) -> Answer | None:
    """Return the answer to keep, None where a repeat may succeed."""
    problem = request.app[PROBLEM_TABLE].problem_of(error)
    kind = problem.kind
    if not 400 <= kind.status < 500 or kind.status in _NOT_KEPT or kind is KEY_REUSED or RETRY_AFTER in kind.headers:
        return None
    document = {"slug": kind.slug, "detail": problem.detail, "more": problem.more}
    return Answer(kind.status, {**problem.headers, "Content-Type": CONTENT_TYPE}, orjson.dumps(document))


def _response_of(answered: Answered, request: web.Request, keyed: KeyedRequest) -> web.Response:
    answer = answered.answer
    headers = {**answer.headers, REPLAYED_HEADER: "true" if answered.is_replayed else "false"}
    if headers.get("Content-Type") == CONTENT_TYPE:
        # `responding.py` writes it, with the id of this request.
        document = orjson.loads(answer.body)
        del headers["Content-Type"]
        kind = request.app[PROBLEM_TABLE].kind_of(document["slug"], answer.status)
        raise Problem(kind, document["detail"], document["more"], headers)
    body = answer.body
    if request[_IS_SECRET]:
        body = request.app[CONTAINER].idempotency().sealer().open(body, keyed.fingerprint)
    return web.Response(status=answer.status, headers=headers, body=body)
