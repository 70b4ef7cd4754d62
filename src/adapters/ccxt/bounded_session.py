"""As much of an HTTP session as ccxt uses, with a bound on the size of a body."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from yarl import URL

from adapters.rest.bodies import UNPACKED_AHEAD_BYTES, whole_body
from adapters.rest.body_failures import redirection
from adapters.rest.client import MAX_BODY_BYTES


class Redirected(Exception):
    """The exchange sends elsewhere. The message says where to, as far as it may be shown."""


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
    """Makes ccxt's calls over the session.

    A body over the bound raises `BodyTooLarge`, and its rest is not read. A redirect raises `Redirected`, and is not
    followed: prices come from the exchange's own host only.
    """

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
        if not str(url).isascii():  # it does not quote a symbol such as 币安人生-USDT everywhere
            url = URL(str(url))
        options |= {"allow_redirects": False, "read_bufsize": UNPACKED_AHEAD_BYTES}
        async with self._session.request(method, url, **options) as response:
            if 300 <= response.status < 400:
                raise Redirected(f"HTTP {response.status}{redirection(response.headers)}")
            body = await whole_body(response, MAX_BODY_BYTES)
            yield Whole(response.status, response.reason, response.headers, body)
