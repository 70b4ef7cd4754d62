"""A background job: a name, a function, and a schedule. Each feature defines its own in its `jobs.py`."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from application.jobs.ports.job_meter import JobOutcome
from application.jobs.ports.job_queue import JobArguments
from domain.errors import CrossrateError


@dataclass(frozen=True, slots=True)
class JobResult:
    """The outcome of an attempt, and whether a retry in a moment could improve it."""

    outcome: JobOutcome
    can_retry: bool = False


class JobFailed(CrossrateError):
    """An attempt failed. `can_retry` means that a retry in a moment could succeed."""

    def __init__(self, reason: str, *, can_retry: bool) -> None:
        self.can_retry = can_retry
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Job:
    """`run` makes one attempt, and may be called more than once with the same arguments.

    `arguments_due` returns the arguments of all runs that are due at a Unix time. The scheduler calls it in these
    `minutes` of each hour, when it starts, and again after a failure.
    """

    name: str
    run: Callable[..., Awaitable[JobResult]]
    arguments_due: Callable[[float], Sequence[JobArguments]]
    minutes: frozenset[int]
