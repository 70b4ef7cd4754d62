"""Answer requests with an idempotency key: every repeat gets the first one's answer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from application.concurrency.keyed_lock import KeyedLock
from application.idempotency.ports.repositories import IdempotencyRepositories
from application.idempotency.write_once import AlreadyAnswered, Once, write_once
from application.ports.clock import Clock
from application.ports.database import Database
from domain.idempotency.errors import KeyInProgress
from domain.idempotency.keyed_request import Answer, KeyedRequest

# For a request with the same key that is in progress.
WAIT_SECONDS = 2.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, and whether it is that of an earlier request."""

    answer: Answer
    is_replayed: bool


class AnswerOnce:
    """Keeps refusals as well as changes, so that a repeat of what was refused is not made later.

    Within a process, requests with the same key wait for each other here, without a connection to the database.
    """

    def __init__(self, *, database: Database[IdempotencyRepositories], clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._keyed_lock = KeyedLock()

    async def __call__(
        self,
        request: KeyedRequest,
        act: Callable[[Once[T]], Awaitable[object]],
        answer_of: Callable[[T], Answer],
        refusal_of: Callable[[Exception], Answer | None],
    ) -> Answered:
        """Have `act`, a use case that calls `write_once`, make the change, unless the request was answered before.

        `refusal_of` tells which of the errors it raises are answers to keep. Raises the other ones, `KeyReused` and
        `KeyInProgress`.
        """
        once = Once(request, self._clock.now(), answer_of)
        async with self._alone(request):
            try:
                await act(once)
            except AlreadyAnswered as earlier:
                return Answered(earlier.answer, is_replayed=True)
            except Exception as error:
                refusal = refusal_of(error)
                if refusal is None:
                    raise
                return await self._kept(request, refusal)
        if once.answer is None:
            raise RuntimeError("the use case did not pass the key on to `write_once`")
        return Answered(once.answer, is_replayed=False)

    async def _kept(self, request: KeyedRequest, refusal: Answer) -> Answered:
        """Keep a refusal, unless another process has answered the request in the meantime."""

        async def nothing(_: IdempotencyRepositories) -> None: ...

        try:
            await write_once(self._database.write, nothing, Once(request, self._clock.now(), lambda _: refusal))
        except AlreadyAnswered as earlier:
            return Answered(earlier.answer, is_replayed=True)
        return Answered(refusal, is_replayed=False)

    @asynccontextmanager
    async def _alone(self, request: KeyedRequest) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(WAIT_SECONDS):
                    await stack.enter_async_context(self._keyed_lock.hold(f"{request.owner} {request.key.text}"))
            except TimeoutError as error:
                raise KeyInProgress("a request with this key is in progress") from error
            yield
