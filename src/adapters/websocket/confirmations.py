"""Requests on a WebSocket, which the exchange confirms or refuses by their number."""

import asyncio
from collections.abc import Awaitable, Callable

from domain.rates.errors import ExchangeUnavailable, FailureReason

CONFIRMED_WITHIN_SECONDS = 10.0


class Confirmations:
    """The requests of one connection that wait for an answer."""

    def __init__(self, exchange: str) -> None:
        self._exchange = exchange
        self._pending: dict[int, asyncio.Future[None]] = {}
        self._number = 0

    async def request(self, send: Callable[[int], Awaitable[None]]) -> None:
        """Send a request with a new number; return once it is confirmed. Raises `ExchangeUnavailable` otherwise."""
        self._number += 1
        number, answer = self._number, asyncio.get_running_loop().create_future()
        self._pending[number] = answer
        try:
            await send(number)
            async with asyncio.timeout(CONFIRMED_WITHIN_SECONDS):
                await answer
        except TimeoutError as error:
            detail = f"it did not confirm a subscription within {CONFIRMED_WITHIN_SECONDS:.0f} s"
            raise ExchangeUnavailable(self._exchange, FailureReason.TIMEOUT, detail) from error
        finally:
            del self._pending[number]

    def confirm(self, number: int) -> None:
        """Take a confirmation."""
        answer = self._pending.get(number)
        if answer is not None and not answer.done():
            answer.set_result(None)

    def refuse(self, number: int | None, code: object) -> None:
        """Take a refusal of this request, of all of them if the exchange does not say which."""
        detail = f"it refuses a subscription with code {str(code)[:20]}"
        failure = ExchangeUnavailable(self._exchange, FailureReason.REFUSED, detail)
        for answer in [self._pending.get(number)] if number is not None else list(self._pending.values()):
            if answer is not None and not answer.done():
                answer.set_exception(failure)
