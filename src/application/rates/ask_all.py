"""Ask all exchanges at once, each by itself, within a deadline."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from domain.errors import CrossrateError
from domain.rates.errors import (
    BookTooThin,
    ExchangeUnavailable,
    FailureReason,
    NoOrderBooks,
    NotAllAnswered,
    NotOffered,
    OrderTooSmall,
)

T = TypeVar("T")


class AskAll:
    """`exchanges` are in their order, in which the answers come too. Whoever is late counts as unavailable."""

    def __init__(self, exchanges: Sequence[str], deadline_seconds: float) -> None:
        self._exchanges = exchanges
        self._deadline_seconds = deadline_seconds

    async def __call__(self, ask: Callable[[str], Awaitable[T]]) -> Mapping[str, T | CrossrateError]:
        """Return what `ask` returns for each exchange, or why it has nothing."""
        async with asyncio.TaskGroup() as group:
            tasks = {name: group.create_task(self._attempt(ask, name)) for name in self._exchanges}
        return {name: task.result() for name, task in tasks.items()}

    async def _attempt(self, ask: Callable[[str], Awaitable[T]], name: str) -> T | CrossrateError:
        try:
            async with asyncio.timeout(self._deadline_seconds):
                return await ask(name)
        except TimeoutError:
            detail = f"no answer within {self._deadline_seconds:g} s, see CROSSRATE_COMPARE_DEADLINE_SECONDS"
            return ExchangeUnavailable(name, FailureReason.TIMEOUT, detail)
        except NotAllAnswered as error:
            failure = error.failures.get(name)
            return failure if isinstance(failure, ExchangeUnavailable) else error
        except (NotOffered, BookTooThin, OrderTooSmall, NoOrderBooks) as error:
            return error


def failures_in(answers: Mapping[str, object]) -> dict[str, ExchangeUnavailable]:
    """Return the exchanges that could not be asked."""
    return {name: each for name, each in answers.items() if isinstance(each, ExchangeUnavailable)}


def reason_of(exchange: str, error: CrossrateError) -> str:
    """Return why an exchange has no answer."""
    if isinstance(error, NotOffered):
        return error.reasons.get(exchange, str(error))
    return f"{error.reason}: {error.detail}" if isinstance(error, ExchangeUnavailable) else str(error)
