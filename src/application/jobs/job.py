"""A background job: a name, a function, and a schedule."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from application.jobs.ports.job_meter import JobOutcome
from application.jobs.ports.job_queue import Payload
from domain.errors import CrossrateError


@dataclass(frozen=True, slots=True)
class JobResult:
    """What an attempt came to, and whether another attempt in a moment could come to more."""

    outcome: JobOutcome
    can_retry: bool = False


class JobFailed(CrossrateError):
    """An attempt failed; `can_retry` where another one in a moment could succeed."""

    def __init__(self, reason: str, *, can_retry: bool) -> None:
        self.can_retry = can_retry
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Job:
    """`run` makes one attempt; it takes the payload's fields as arguments, and may run more than once for a payload.

    `payloads` returns everything that is due at a Unix second. It is asked in these `minutes` of each hour, when a
    scheduler starts, and again after a failure.
    """

    name: str
    run: Callable[..., Awaitable[JobResult]]
    payloads: Callable[[float], Sequence[Payload]]
    minutes: frozenset[int]
