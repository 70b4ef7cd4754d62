"""As much of an HTTP session as ccxt uses, with a bound on the size of a body."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from yarl import URL

from adapters.rest.bodies import UNPACKED_AHEAD_BYTES, whole_body
from adapters.rest.client import MAX_BODY_BYTES


@dataclass(frozen=True, slots=True)
class Whole:
    """A complete answer, as ccxt reads it."""

    status: int
    reason: str | None
    headers: Mapping[str, str]
    content: bytes = field(repr=False)

    async def text(self, errors: str) -> str:
        """Return the body, which is JSON."""
        return self.content.decode(errors=errors)


class BoundedSession:
    """Makes ccxt's calls over the session. A body over the bound raises `BodyTooLarge`, and its rest is not read."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self.headers = session.headers

    def get(self, url: URL, **options: Any) -> AbstractAsyncContextManager[Whole]:  # noqa: ANN401 -- ccxt's own
        """Ask with GET."""
        return self._asked("GET", url, **options)

    def post(self, url: URL, **options: Any) -> AbstractAsyncContextManager[Whole]:  # noqa: ANN401 -- ccxt's own
        """Ask with POST, as some exchanges want it for what they list."""
        return self._asked("POST", url, **options)

    @asynccontextmanager
    async def _asked(self, method: str, url: URL, **options: Any) -> AsyncIterator[Whole]:  # noqa: ANN401 -- ccxt's own
        async with self._session.request(method, url, read_bufsize=UNPACKED_AHEAD_BYTES, **options) as response:
            body = await whole_body(response, MAX_BODY_BYTES)
            yield Whole(response.status, response.reason, response.headers, body)
