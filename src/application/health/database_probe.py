"""A probe of the database, shared by all callers of the readiness check."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from application.concurrency.cached_probe import CachedProbe
from application.ports.clock import Clock
from application.ports.database import Database
from domain.errors import DatabaseUnavailable

# The readiness endpoint is public: whatever its traffic, the database is queried this often, on one connection.
PROBE_TTL_SECONDS = 0.5

Repositories = TypeVar("Repositories")
Answer = TypeVar("Answer")
Answer_co = TypeVar("Answer_co", covariant=True)


@dataclass(frozen=True, slots=True)
class DatabaseStatus(Generic[Answer_co]):
    """The result of a probe. `answer` is None while the database is being opened, and if it is down (`failure`)."""

    answer: Answer_co | None
    failure: str | None = None


class DatabaseProbe(Generic[Answer_co]):
    """Runs a feature's `question`, a query, at most every half second."""

    def __init__(
        self, database: Database[Repositories], question: Callable[[Repositories], Awaitable[Answer_co]], clock: Clock
    ) -> None:
        self._status = CachedProbe(partial(_ask, database, question), clock=clock, ttl_seconds=PROBE_TTL_SECONDS)

    async def __call__(self) -> DatabaseStatus[Answer_co]:
        """Return the status, at most half a second old, within a second."""
        return await self._status()

    async def answer(self) -> Answer_co | None:
        """Return only the answer, None if there is none."""
        return (await self._status()).answer


async def _ask(
    database: Database[Repositories], question: Callable[[Repositories], Awaitable[Answer]]
) -> DatabaseStatus[Answer]:
    answers: list[Answer] = []

    async def ask(repositories: Repositories) -> None:
        answers.append(await question(repositories))

    try:
        is_open = await database.check(ask)
    except DatabaseUnavailable as error:
        return DatabaseStatus(None, str(error))
    return DatabaseStatus(answers[-1] if is_open else None)
