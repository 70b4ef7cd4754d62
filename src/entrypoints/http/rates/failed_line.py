"""A problem among other answers, such as that of a batch's line or of a streamed pair."""

from collections.abc import Mapping
from typing import Any

from entrypoints.http.server.problems import RETRY_AFTER, Problem


def failed_line(problem: Problem, prefix: str) -> Mapping[str, Any]:
    """Describe a line's problem as `FailedLine` does. `prefix` is the path below which clients find the service."""
    wait = problem.headers.get(RETRY_AFTER)
    kind = problem.kind
    described = {
        "type": prefix + kind.type,
        "title": kind.title,
        "status": kind.status,
        "detail": problem.detail,
        **problem.more,
    }
    return {"problem": described if wait is None else {**described, "retry_after_seconds": int(wait)}}
