"""Make a change at most once, however often its request is repeated."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from application.idempotency.ports.repositories import IdempotencyRepositories
from domain.errors import CrossrateError
from domain.idempotency.keyed_request import Answer, KeyedRequest

LIFETIME_SECONDS = 30 * 24 * 3600.0

Repositories = TypeVar("Repositories", bound=IdempotencyRepositories)
T = TypeVar("T")


class AlreadyAnswered(CrossrateError):
    """The request was made before; `answer` is what it was told then. Nothing was changed now."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__("the request was answered before")


@dataclass(slots=True)
class Once(Generic[T]):
    """A request with a key, on its way through a use case. `answer` is set once the change is made.

    `answer_of` writes the answer from the result of the work. It is called inside the unit of work, so that change and
    answer are kept together or not at all.
    """

    request: KeyedRequest
    now: float
    answer_of: Callable[[T], Answer]
    answer: Answer | None = field(default=None, init=False)


Work = Callable[[Repositories], Awaitable[T]]


async def write_once(
    write: Callable[[Work[Repositories, T]], Awaitable[T]], work: Work[Repositories, T], once: Once[T] | None
) -> T:
    """Run the work by `write`, such as `Database.write`; with `once`, only if the request was not answered before.

    Raises `AlreadyAnswered`, which the use case lets pass, `KeyReused` and `KeyInProgress`.
    """
    if once is None:
        return await write(work)

    async def begin_and_work(unit: Repositories) -> T:
        records = unit.idempotency_records
        before = await records.begin(once.request, once.now, once.now + LIFETIME_SECONDS)
        if before is not None:
            raise AlreadyAnswered(before)
        result = await work(unit)
        once.answer = once.answer_of(result)
        await records.keep(once.request, once.answer)
        return result

    return await write(begin_and_work)
