"""Requests on a WebSocket, which the exchange confirms or refuses by their number."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from domain.rates.errors import ExchangeUnavailable, FailureReason

CONFIRMED_WITHIN_SECONDS = 10.0


@dataclass(eq=False)
class SubscriptionRefused(ExchangeUnavailable):
    """The exchange refuses a request as a whole. `text` is what it says about it."""

    text: str = ""


class _Pending:
    def __init__(self, answers: int) -> None:
        self.answers = answers
        self.declined: list[str] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class Confirmations:
    """The requests of one connection that wait for an answer."""

    def __init__(self, exchange: str) -> None:
        self._exchange = exchange
        self._pending: dict[int, _Pending] = {}
        self._number = 0

    async def request(self, send: Callable[[int], Awaitable[None]], answers: int = 1) -> Sequence[str]:
        """Send a request with a new number; wait for all `answers`, and return the names that they declined.

        Raises `ExchangeUnavailable`, as `SubscriptionRefused` if the exchange refuses the request as a whole.
        """
        self._number += 1
        number, pending = self._number, _Pending(answers)
        self._pending[number] = pending
        try:
            await send(number)
            async with asyncio.timeout(CONFIRMED_WITHIN_SECONDS):
                await pending.done
        except TimeoutError as error:
            detail = f"it did not confirm a subscription within {CONFIRMED_WITHIN_SECONDS:.0f} s"
            raise ExchangeUnavailable(self._exchange, FailureReason.TIMEOUT, detail) from error
        finally:
            del self._pending[number]
        return pending.declined

    def confirm(self, number: int | None) -> None:
        """Take a confirmation of this request, of the oldest if the exchange does not say which."""
        pending = self._pending.get(min(self._pending, default=0) if number is None else number)
        if pending is None or pending.done.done():
            return
        pending.answers -= 1
        if pending.answers <= 0:
            pending.done.set_result(None)

    def decline(self, number: int | None, name: str) -> None:
        """Take an answer that declines one of several names, which the exchange answers one by one."""
        if (pending := self._pending.get(number or 0)) is not None:
            pending.declined.append(name)
            self.confirm(number)

    def refuse(self, number: int | None, code: object, text: str = "") -> None:
        """Take a refusal of this request, of all of them if the exchange does not say which."""
        detail = f"it refuses a subscription with code {str(code)[:20]}"
        failure = SubscriptionRefused(self._exchange, FailureReason.REFUSED, detail, text=text)
        for pending in [self._pending.get(number)] if number is not None else list(self._pending.values()):
            if pending is not None and not pending.done.done():
                pending.done.set_exception(failure)
