"""Whether the database answers, and what it answers, for every caller of readiness at once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from application.concurrency.cached_probe import CachedProbe
from application.ports.clock import Clock
from application.ports.database import Database
from domain.errors import DatabaseUnavailable

# Readiness is open to everyone: however many ask, the database is asked this often, on one connection.
PROBE_TTL_SECONDS = 0.5

Repositories = TypeVar("Repositories")
Answer = TypeVar("Answer")
Answer_co = TypeVar("Answer_co", covariant=True)


@dataclass(frozen=True, slots=True)
class DatabaseStatus(Generic[Answer_co]):
    """What the database answered; `answer` is None while it is still being opened and, with a `failure`, when down."""

    answer: Answer_co | None
    failure: str | None = None


class DatabaseProbe(Generic[Answer_co]):
    """Asks the database one question, which a feature hands in, at most every half second."""

    def __init__(
        self, database: Database[Repositories], question: Callable[[Repositories], Awaitable[Answer_co]], clock: Clock
    ) -> None:
        self._status = CachedProbe(partial(_ask, database, question), clock=clock, ttl_seconds=PROBE_TTL_SECONDS)

    async def __call__(self) -> DatabaseStatus[Answer_co]:
        """Return the status, at most half a second old, within a second."""
        return await self._status()

    async def answer(self) -> Answer_co | None:
        """Return the answer alone, None when there is none, likewise."""
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
