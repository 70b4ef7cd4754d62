"""The problem of a process that is about to stop."""

from entrypoints.http.server.problems import RETRY_AFTER, ProblemKind, Problems

STOPPING = ProblemKind(
    "stopping",
    503,
    "Stopping",
    "This process is shutting down. It still answers requests, but no more should be sent to it. Retry-After is set.",
    headers=(RETRY_AFTER,),
)

PROBLEMS = Problems(kinds=(STOPPING,))
