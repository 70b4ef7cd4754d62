"""Answers that are problems as RFC 9457 defines them."""

from tests.servers.service_client import Answer


def is_problem(answer: Answer, status: int, *fields: str) -> bool:
    """Assert that the answer is a whole RFC 9457 problem; `fields` are those that its `errors` must name."""
    assert answer.status == status, answer.body
    assert answer.headers["Content-Type"].startswith("application/problem+json"), answer.headers
    problem = answer.json
    assert problem["type"].startswith("/problems/")
    assert problem["title"]
    assert problem["status"] == status
    assert problem["detail"]
    assert problem["instance"].startswith("/")
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    assert ("errors" in problem) == (status == 422)
    if status == 422:
        assert [error["field"] for error in problem["errors"]] == list(fields)
        assert all(error["detail"] for error in problem["errors"])
    assert b"Traceback" not in answer.body
    return True
