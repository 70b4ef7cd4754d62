"""Rates as they change."""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence

import httpx

from crossrate_client._answers import UNAUTHENTICATED, Answer
from crossrate_client._async.io import sleep
from crossrate_client._async.rates import SimpleRateType
from crossrate_client._async.session import AsyncSession, headers_of
from crossrate_client._calls import reading
from crossrate_client._events import EventReader
from crossrate_client._streamed import update
from crossrate_client.errors import CrossrateError, ServiceUnreachable
from crossrate_client.updates import PairProblem, RateUpdate

OK = 200


class AsyncStreams(AsyncSession):
    """Calls that go on."""

    async def stream(
        self,
        pairs: Sequence[str],
        *,
        rate_type: SimpleRateType = "mid",
        include_route: bool = False,
        heartbeat_seconds: float = 45.0,
        most_failures: int = 10,
    ) -> AsyncGenerator[RateUpdate | PairProblem, None]:
        """Yield the rate of each pair at once, and whenever it changes.

        The service says something every 15 seconds. After `heartbeat_seconds` of silence, and whenever the connection
        ends, it connects again and gets what has changed since. It gives up after `most_failures` in a row.
        """
        call = reading("/stream", pairs=list(pairs), rate_type=rate_type, include_route=include_route)
        patience = httpx.Timeout(10.0, read=heartbeat_seconds)
        reader = EventReader()
        failures = 0
        while True:
            reader.reconnecting()
            wanted: float | None = None
            try:
                async with self._sent(call, patience, await self._introduction(reader)) as response:
                    await self._accept(response)
                    async for told in _updates(response, reader):
                        yield told
            except (httpx.TransportError, _Passing) as error:
                if failures >= most_failures:
                    raise _given_up(self.url, error) from error
                wanted = error.retry_after_seconds if isinstance(error, _Passing) else None
            failures = 1 if reader.has_heard else failures + 1
            wanted = reader.retry_seconds if wanted is None and reader.has_heard else wanted
            await sleep(self._retries.delay_seconds(failures, wanted))

    async def _introduction(self, reader: EventReader) -> dict[str, str]:
        """Return who asks, and what was the last that arrived."""
        token = await self._access_token(time.monotonic() + self._timeout_seconds)
        last = {} if reader.last_id is None else {"Last-Event-ID": reader.last_id}
        return {**self._credentials(token), **last, "Accept": "text/event-stream"}

    async def _accept(self, response: httpx.Response) -> None:
        """Raise what an answer that is no stream means."""
        if response.status_code == OK:
            return
        answer = Answer(response.status_code, headers_of(response), await response.aread())
        error, wanted = answer.error(time.time()), answer.retry_after_seconds(time.time())
        if answer.status == UNAUTHENTICATED and self._tokens is not None:
            self._tokens = None  # the next attempt signs in
            raise _Passing(error, wanted)
        if answer.may_pass:
            raise _Passing(error, wanted)
        raise error


class _Passing(Exception):
    """An answer that is no stream, but may be one a little later."""

    def __init__(self, error: CrossrateError, retry_after_seconds: float | None) -> None:
        super().__init__(str(error))
        self.error = error
        self.retry_after_seconds = retry_after_seconds


async def _updates(response: httpx.Response, reader: EventReader) -> AsyncIterator[RateUpdate | PairProblem]:
    async for chunk in response.aiter_bytes():
        for event in reader.events(chunk):
            told = update(event)
            if told is not None:
                yield told


def _given_up(url: str, error: Exception) -> CrossrateError:
    if isinstance(error, _Passing):
        return error.error
    return ServiceUnreachable(f"The stream of {url} broke: {str(error) or type(error).__name__}.")
