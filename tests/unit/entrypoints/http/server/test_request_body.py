"""Whatever a body holds, it is read or rejected; nothing else fails."""

import json

import pytest

from entrypoints.http.rates.schemas import ConvertRequest
from entrypoints.http.server.problems import Problem
from entrypoints.http.server.request_body import read_strictly
from entrypoints.http.server.validation import MOST_FIELDS


def rejection(body: bytes) -> Problem:
    with pytest.raises(Problem) as raised:
        read_strictly(body, ConvertRequest)
    return raised.value


def nested(depth: int) -> bytes:
    return b"[" * depth + b'"\\u0041"' + b"]" * depth


def test_any_depth_of_nesting_is_rejected() -> None:
    # Just under the interpreter's limit the reader gets through, and whatever walks the document after it must, too.
    readable, unreadable = 1, 30_000
    while unreadable - readable > 1:
        depth = (readable + unreadable) // 2
        if rejection(nested(depth)).kind.status == 422:
            readable = depth
        else:
            unreadable = depth
    assert readable > 20
    statuses = set()
    for depth in range(readable - 40, readable + 40):
        for member in (b"%s", b'{"amount": %s}', b'{"exchange": %s}', b'{"x": %s}'):
            statuses.add(rejection(member % nested(depth)).kind.status)
    assert statuses == {400, 422}


def test_a_body_with_far_too_many_fields_gets_one_error_only() -> None:
    problem = rejection(json.dumps({f"a{number}": 1 for number in range(MOST_FIELDS + 1)}).encode())
    assert problem.kind.status == 422
    [error] = problem.more["errors"]
    assert f"at most {MOST_FIELDS}" in error.detail
