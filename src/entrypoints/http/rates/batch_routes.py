"""`/api/v1/convert/batch`: many conversions, all at the same prices."""

from collections.abc import Sequence

from aiohttp import web

from application.ports.rate_limiter import Group
from application.rates.batch import Outcome
from domain.identity.api_key import Scope
from domain.rates.errors import UnknownExchange
from entrypoints.http.limits import BATCH_LIMIT
from entrypoints.http.rates.batch_examples import BATCH_ANSWERS, BATCH_REQUESTS
from entrypoints.http.rates.batch_limit import count_batch, count_other_lines
from entrypoints.http.rates.batch_lines import ReadLine
from entrypoints.http.rates.batch_requests import MAX_BATCH_BODY_BYTES, batch_in_turn, read_all
from entrypoints.http.rates.batch_schemas import BatchRequest, BatchResponse
from entrypoints.http.rates.batch_writing import LineWriter, body_of
from entrypoints.http.rates.latest_limit import count_latest
from entrypoints.http.rates.plain_batches import PLAIN_BATCHES
from entrypoints.http.server.access.guard import AsConfigured
from entrypoints.http.server.access.problems import OVERLOADED
from entrypoints.http.server.answer import JsonAnswer
from entrypoints.http.server.app_keys import CONTAINER, PROBLEM_TABLE
from entrypoints.http.server.endpoint import Endpoint
from entrypoints.http.server.long_answers import made_in_slices
from entrypoints.http.server.path_prefix import path_prefix
from entrypoints.http.server.problems import Problem
from entrypoints.http.server.rate_limiting import TRUSTED_PROXIES, count_as
from entrypoints.http.server.request_body import json_body

# A rate limit counts a batch as one request for every so many lines, since they cost about as much.
LINES_PER_REQUEST = 20


async def post_batch(request: web.Request) -> JsonAnswer:
    """Convert what each line of the JSON body asks for."""
    body = await json_body(request, MAX_BATCH_BODY_BYTES)  # outside the limit: slow bodies must not use it up
    with request.app[BATCH_LIMIT]:
        await count_batch(request)
        lines = await batch_in_turn(body)
        await count_other_lines(request, len(lines))
        await count_as(request, -(-len(lines) // LINES_PER_REQUEST))
        writer = LineWriter(request.app[PROBLEM_TABLE], path_prefix(request, request.app[TRUSTED_PROXIES]))
        plain = lines.plain
        if plain is not None and plain.defaults.cache_max_seconds:
            return JsonAnswer(await request.app[PLAIN_BATCHES].answer(lines, plain, writer))
        return JsonAnswer(await _answer(request, await read_all(lines), writer))


POST = Endpoint(
    method="POST",
    path="/api/v1/convert/batch",
    handler=post_batch,
    id="convertBatch",
    tag="Conversion",
    summary="Convert up to 1000 amounts at the same prices",
    description="Answers each line on its own, in order. All lines that use an exchange use the same snapshot of it, "
    "the one that satisfies the strictest `cache_max_seconds`. Lines have a rate limit of their own, and that of "
    "conversions counts 20 of them as one request.",
    access=AsConfigured(Scope.CONVERT, Group.CONVERT),
    body=BatchRequest,
    body_examples=BATCH_REQUESTS,
    answer=BatchResponse,
    answer_examples=BATCH_ANSWERS,
    problems=(OVERLOADED,),
)

ENDPOINTS = (POST,)


async def _answer(request: web.Request, lines: Sequence[ReadLine | Problem], writer: LineWriter) -> bytes:
    good = [line for line in lines if isinstance(line, ReadLine)]
    await count_latest(request, request.app, min((each.line.cache_max_seconds or 0 for each in good), default=1))
    convert_many = request.app[CONTAINER].rates().convert_many()
    outcomes = iter(await convert_many([each.line for each in good]))
    answered = [(line, line if isinstance(line, Problem) else next(outcomes)) for line in lines]
    _reject_unknown_default(answered)
    return await _body(answered, writer)


def _reject_unknown_default(answered: Sequence[tuple[ReadLine | Problem, Outcome | Problem]]) -> None:
    """Raise the error of lines that use an exchange named for the whole batch, if there is no such exchange."""
    for line, outcome in answered:
        if isinstance(outcome, UnknownExchange) and isinstance(line, ReadLine) and line.uses_default_exchange:
            raise outcome


async def _body(answered: Sequence[tuple[ReadLine | Problem, Outcome | Problem]], writer: LineWriter) -> bytes:
    return body_of(await made_in_slices(answered, lambda each: writer.written(*each)))
