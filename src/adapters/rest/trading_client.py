"""Sends signed requests, each at most once, within bounds on time, size and rate.

The key is in a header and the signature often in the query, so no error from the HTTP library is kept as a cause: its
text could repeat both.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated

import aiohttp
import msgspec
from yarl import URL

from adapters.rest.bodies import BodyTooLarge, whole_body
from adapters.rest.body_failures import payload_failure
from adapters.rest.client import Answer, retry_after, timed_out
from adapters.rest.network_failures import network_failure, proxy_rejection, through
from application.ports.clock import Clock
from domain.orders.errors import BrokerUnavailable

# KuCoin's full list of symbols has about 1 MB.
MAX_BODY_BYTES = 8 * 1024 * 1024

# Exchanges allow an address some 130 requests a second, market data included. A search for an order takes four.
SPACING_SECONDS = 0.02

# For whatever a broker is asked, with all the requests that it takes.
QUESTION_TIMEOUT_SECONDS = 20.0

# For one request, its wait for others included.
CALL_TIMEOUT_SECONDS = 15.0

DEFAULT_PAUSE_SECONDS = 30.0
MIN_PAUSE_SECONDS = 1.0
MAX_PAUSE_SECONDS = 3 * 24 * 3600.0

# From 2020 to 2100: what is outside is in another unit, or no time.
VenueTime = Annotated[int, msgspec.Meta(ge=1_577_836_800_000, le=4_102_444_800_000)]

_PROXY_AUTHENTICATION_REQUIRED = 407


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request exactly as it was signed. `target` is the path with its query, percent-encoded."""

    method: str
    target: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


class NoAnswer(Exception):
    """No complete answer came, and whether the request arrived is unknown. The message has no secrets."""


class NotSent(Exception):
    """The request was not sent, because the venue has asked for a pause."""


@asynccontextmanager
async def bounded() -> AsyncIterator[None]:
    """End a question that takes too long. Raises `BrokerUnavailable`."""
    try:
        async with asyncio.timeout(QUESTION_TIMEOUT_SECONDS):
            yield
    except TimeoutError:
        raise BrokerUnavailable(f"no complete answer within {QUESTION_TIMEOUT_SECONDS:g} s") from None


class TradingClient:
    """Sends requests to one venue over the session, within its timeouts, and never the same one twice.

    A venue may be silent for as long as a whole attempt may last: matching takes longer than reading prices, and an
    answer that is waited for tells more than a search for the order afterwards.
    """

    def __init__(self, base_url: str, session: aiohttp.ClientSession, clock: Clock) -> None:
        self._base_url = base_url.rstrip("/")
        self._session = session
        given = session.timeout
        self._timeout = aiohttp.ClientTimeout(given.total, given.connect, sock_connect=given.sock_connect)
        self._clock = clock
        self._ahead_ms = 0
        self._next_at = 0.0  # by the loop's clock
        self._paused_until = 0.0
        self._questions_paused_until = 0.0

    def note_time(self, venue_ms: int) -> None:
        """Remember by how much the venue's clock differs from ours, which may be wrong."""
        self._ahead_ms = venue_ms - int(self._clock.now() * 1000)

    def now_ms(self) -> int:
        """Return the time by which questions are signed: the venue's, as far as it has been asked for."""
        return int(self._clock.now() * 1000) + self._ahead_ms

    def check_pause(self, *, is_question: bool) -> None:
        """Raise `NotSent` if the venue wants no such request now. Orders are sent while questions must wait."""
        until = max(self._paused_until, self._questions_paused_until if is_question else 0.0)
        left = until - self._clock.now()
        if left > 0:
            raise NotSent(f"the venue asks for a pause of {left:.0f} s")

    def pause(self, answer: Answer, seconds: float | None) -> None:
        """Send nothing for as long as a rate-limited answer asks: its Retry-After, else `seconds`."""
        asked = retry_after(answer.headers.get("Retry-After"), self._clock.now())
        asked = seconds if asked is None else asked
        asked = DEFAULT_PAUSE_SECONDS if asked is None else asked
        self._paused_until = self._clock.now() + min(max(asked, MIN_PAUSE_SECONDS), MAX_PAUSE_SECONDS)

    def pause_questions(self, until: float) -> None:
        """Send no questions until then, in Unix seconds: the rate limit is nearly used up."""
        self._questions_paused_until = until

    async def send(self, request: SignedRequest, *, is_question: bool = True) -> Answer:
        """Return the complete answer, whatever its status. Raises `NotSent` or `NoAnswer`."""
        self.check_pause(is_question=is_question)
        proxy: list[URL | None] = [None]

        async def once(sent: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
            # aiohttp would send a GET again by itself when a connection that it kept turns out to be closed.
            proxy[0] = sent.proxy
            try:
                return await handler(sent)
            except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
                raise NoAnswer(network_failure(error, sent.proxy)) from None

        try:
            async with asyncio.timeout(CALL_TIMEOUT_SECONDS):
                await self._turn()
                return await self._sent(request, once)
        except TimeoutError as error:
            raise NoAnswer(timed_out(error, self._timeout, through(proxy[0]))) from None
        except aiohttp.ClientPayloadError as error:
            raise NoAnswer(payload_failure(error)) from None
        except (aiohttp.ClientError, OSError) as error:
            raise NoAnswer(network_failure(error, proxy[0])) from None

    async def _sent(self, request: SignedRequest, once: aiohttp.ClientMiddlewareType) -> Answer:
        async with self._session.request(
            request.method,
            URL(self._base_url + request.target, encoded=True),  # else it would differ from what was signed
            headers=request.headers,
            data=request.body or None,
            allow_redirects=False,
            timeout=self._timeout,
            middlewares=(once,),
        ) as response:
            answer = Answer(response.status, response.headers, await _read(response))
        if answer.status == _PROXY_AUTHENTICATION_REQUIRED:
            raise NoAnswer(proxy_rejection(None))
        return answer

    async def _turn(self) -> None:
        now = asyncio.get_running_loop().time()
        at = max(now, self._next_at)
        self._next_at = at + SPACING_SECONDS
        if at > now:
            await asyncio.sleep(at - now)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    try:
        return await whole_body(response, MAX_BODY_BYTES)
    except BodyTooLarge as error:
        raise NoAnswer(str(error)) from None
