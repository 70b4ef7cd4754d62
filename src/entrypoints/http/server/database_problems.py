"""The problems of changes that others prevent, and of those whose outcome is unknown."""

from domain.errors import ConcurrentChange, DatabaseBusy, OutcomeUnknown
from entrypoints.http.server.problems import RETRY_AFTER, Problem, ProblemKind, Problems, retry_after

RETRY_AFTER_SECONDS = 1

DATABASE_BUSY = ProblemKind(
    "database-busy",
    503,
    "Database busy",
    "Others use the database so much at the moment that this request did not get its turn in time. Nothing was "
    "changed. Retry-After is set.",
    headers=(RETRY_AFTER,),
)
CONCURRENT_CHANGE = ProblemKind(
    "concurrent-change",
    409,
    "Concurrent change",
    "Others are changing the same data, and waiting for them took too long. Nothing was changed. Retry-After is set.",
    headers=(RETRY_AFTER,),
)
OUTCOME_UNKNOWN = ProblemKind(
    "outcome-unknown",
    504,
    "Outcome unknown",
    "The database did not confirm the change: all of it was made, or nothing. If the request had an Idempotency-Key, "
    "repeat it with the same key and body: the change is then made once in either case, and the answer is that of the "
    "change. Without a key, look first whether it was made.",
)

# What any endpoint that writes may answer with.
WRITE_PROBLEMS = (CONCURRENT_CHANGE, OUTCOME_UNKNOWN)


def _nothing_changed(kind: ProblemKind, detail: str) -> Problem:
    return Problem(kind, detail, {}, retry_after(RETRY_AFTER_SECONDS))


PROBLEMS = Problems(
    kinds=(DATABASE_BUSY, CONCURRENT_CHANGE, OUTCOME_UNKNOWN),
    rows={
        DatabaseBusy: lambda _: _nothing_changed(DATABASE_BUSY, "The database is busy. Nothing was changed."),
        ConcurrentChange: lambda _: _nothing_changed(
            CONCURRENT_CHANGE, "Others are changing the same data. Nothing was changed."
        ),
        OutcomeUnknown: lambda _: Problem(
            OUTCOME_UNKNOWN,
            "The database did not confirm the change, which may have been made. Repeat the request with the same "
            "Idempotency-Key; without one, look first whether it was made.",
        ),
    },
    examples=(DatabaseBusy(), ConcurrentChange("a deadlock"), OutcomeUnknown()),
)
