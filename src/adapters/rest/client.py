"""A request with bounds on time and size, which turns every failure into `ExchangeUnavailable`."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import aiohttp
from yarl import URL

from adapters.rest.bodies import UNPACKED_AHEAD_BYTES, BodyTooLarge, whole_body
from adapters.rest.body_failures import body_failure, payload_failure, redirection
from adapters.rest.http_dates import unix_seconds
from adapters.rest.network_failures import network_failure, proxy_rejection, through
from application.market_data.ports.exchange import Usage
from application.market_data.ports.meter import MarketDataMeter
from application.ports.clock import Clock
from domain.rates.errors import ExchangeUnavailable, FailureReason, InvalidBook, NothingTradable

# Binance's full listing is about 3 MB. Ten times that is certainly wrong, and would take too much memory.
MAX_BODY_BYTES = 32 * 1024 * 1024

DEFAULT_PAUSE_SECONDS = 30.0
MIN_PAUSE_SECONDS = 1.0  # even if a 429 says "Retry-After: 0"
BARRED_PAUSE_SECONDS = 300.0  # a 451 concerns our location, which does not change within minutes
MAX_PAUSE_SECONDS = 3 * 24 * 3600.0  # the longest ban that Binance imposes

# A header with more digits than this is not a count.
MAX_COUNT_DIGITS = 11

_RATE_LIMITED = frozenset({418, 429})
_BLOCKED = 403
_PROXY_AUTHENTICATION_REQUIRED = 407
_BARRED_BY_LAW = 451

# Cloudflare's own rate limit is a 403 page and a block of about 30 s. Some exchanges answer 403 themselves.
_LIMIT_UNDER_403 = re.compile(rb"error code: 1015|access too frequent", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def whole_number(self, header: str) -> int | None:
        """Return the count in a header, None if it is missing or not a count."""
        text = self.headers.get(header, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_COUNT_DIGITS else None


class RestClient:
    """Gets JSON bodies from one exchange, within the timeouts of the session.

    `usage` extracts the use of the rate limit from an answer; `last_usage` is its last result. `pause` extracts the
    seconds to pause from a rate-limited answer, for exchanges that do not send Retry-After.
    """

    def __init__(
        self,
        exchange: str,
        base_url: str,
        session: aiohttp.ClientSession,
        clock: Clock,
        meter: MarketDataMeter,
        usage: Callable[[Answer], Usage | None],
        pause: Callable[[Answer], float | None] = lambda _: None,
    ) -> None:
        self._exchange = exchange
        self._base_url = base_url.rstrip("/")
        self._session = session
        self._clock = clock
        self._meter = meter
        self._usage = usage
        self.last_usage: Usage | None = None
        self._pause = pause
        self._proxy: URL | None = None  # the session's

    async def get(self, path: str) -> Answer:
        """Return a complete answer with status 200. Raises `ExchangeUnavailable` for anything else."""
        return await self._answered("GET", path)

    async def post(self, path: str) -> Answer:
        """Return the answer to a request without a body, like `get`."""
        return await self._answered("POST", path)

    async def _answered(self, method: str, path: str) -> Answer:
        try:
            async with self._session.request(
                method,
                self._base_url + path,
                allow_redirects=False,
                middlewares=(self._send_once,),
                read_bufsize=UNPACKED_AHEAD_BYTES,
            ) as response:
                answer = Answer(response.status, response.headers, await self._read(response))
        except TimeoutError as error:
            # Not transient: with a second attempt, callers would wait twice for an exchange that hangs.
            detail = timed_out(error, self._session.timeout, through(self._proxy))
            raise self._failure(FailureReason.TIMEOUT, detail) from error
        except aiohttp.ClientPayloadError as error:
            raise self._failure(FailureReason.BAD_BODY, payload_failure(error), is_transient=True) from error
        except aiohttp.ClientHttpProxyError as error:
            raise self._network_failure(error) from None  # its text contains the proxy's password
        except (aiohttp.ClientError, OSError) as error:
            raise self._network_failure(error) from error
        usage = self._usage(answer)
        if usage is not None:
            self.last_usage = usage
            self._meter.weight_reported(self._exchange, usage.used)
        if answer.status != 200:
            raise self.failed(answer)
        return answer

    @contextmanager
    def reading(self, answer: Answer | None = None) -> Iterator[None]:
        """Translate errors from parsing a body into `ExchangeUnavailable`, which says what came instead of JSON."""
        try:
            yield
        except (NothingTradable, InvalidBook, ValueError, OverflowError, RecursionError) as error:
            detail = body_failure(error, None if answer is None else (answer.body, answer.headers))
            raise self._failure(FailureReason.BAD_BODY, detail, is_transient=True) from error

    def limited(self, answer: Answer) -> ExchangeUnavailable:
        """Return the failure for a rate limit, with the pause that the exchange asks for, or half a minute."""
        seconds = retry_after(answer.headers.get("Retry-After"), self._clock.now())
        if seconds is None:
            seconds = self._pause(answer)
        if seconds is None:
            seconds = DEFAULT_PAUSE_SECONDS
        seconds = min(seconds, MAX_PAUSE_SECONDS) if seconds > 0 else MIN_PAUSE_SECONDS
        detail = f"HTTP {answer.status}, asks for a pause"
        return self._failure(FailureReason.RATE_LIMITED, detail, retry_after_seconds=seconds)

    def refused(self, detail: str) -> ExchangeUnavailable:
        """Return the failure for a rejected request, which a retry would not cure."""
        return self._failure(FailureReason.REFUSED, detail)

    def out_of_order(self, detail: str) -> ExchangeUnavailable:
        """Return the failure for an exchange that says that it cannot answer now."""
        return self._failure(FailureReason.SERVER_ERROR, detail, is_transient=True)

    async def _send_once(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        self._proxy = request.proxy
        # aiohttp retries a GET by itself if the connection breaks, without an option to turn this off. Attempts are
        # bounded by the caller, so this error must not reach aiohttp's own retry.
        try:
            return await handler(request)
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
            raise self._network_failure(error) from error

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        try:
            return await whole_body(response, MAX_BODY_BYTES)
        except BodyTooLarge as error:
            raise self._failure(FailureReason.BAD_BODY, str(error)) from None

    def failed(self, answer: Answer) -> ExchangeUnavailable:
        """Return the failure that an answer with another status than the right one is."""
        detail = f"HTTP {answer.status}{through(self._proxy)}"  # which may be the one that answers
        if answer.status in _RATE_LIMITED or self._is_limit_under_403(answer):
            return self.limited(answer)
        if answer.status == _PROXY_AUTHENTICATION_REQUIRED:
            return self._failure(FailureReason.NETWORK, proxy_rejection(self._proxy))
        if answer.status == _BARRED_BY_LAW:
            return self._failure(FailureReason.BLOCKED, detail, retry_after_seconds=BARRED_PAUSE_SECONDS)
        if answer.status == _BLOCKED:
            return self._failure(FailureReason.BLOCKED, detail)
        if 300 <= answer.status < 400:
            detail += redirection(answer.headers)
        if answer.status >= 500:
            return self._failure(FailureReason.SERVER_ERROR, detail, is_transient=True)
        return self.refused(detail)

    def _network_failure(self, error: Exception) -> ExchangeUnavailable:
        # A rejected password or address stays rejected.
        is_final = isinstance(error, aiohttp.InvalidURL) or (
            isinstance(error, aiohttp.ClientHttpProxyError) and error.status < 500
        )
        return self._failure(FailureReason.NETWORK, network_failure(error, self._proxy), is_transient=not is_final)

    def _failure(
        self,
        reason: FailureReason,
        detail: str,
        *,
        retry_after_seconds: float | None = None,
        is_transient: bool = False,
    ) -> ExchangeUnavailable:
        return ExchangeUnavailable(self._exchange, reason, detail, retry_after_seconds, is_transient)

    @staticmethod
    def _is_limit_under_403(answer: Answer) -> bool:
        return answer.status == _BLOCKED and _LIMIT_UNDER_403.search(answer.body, 0, 1024) is not None


def timed_out(error: TimeoutError, timeout: aiohttp.ClientTimeout, way: str) -> str:
    """Return which of the session's timeouts ended a call, and the setting that changes it."""
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return f"no connection{way} {_within(timeout.sock_connect)}CROSSRATE_CONNECT_TIMEOUT_SECONDS"
    if isinstance(error, aiohttp.SocketTimeoutError):
        return f"no byte {_within(timeout.sock_read)}CROSSRATE_STALL_TIMEOUT_SECONDS"
    return f"no complete answer {_within(timeout.total)}CROSSRATE_ATTEMPT_TIMEOUT_SECONDS"


def _within(seconds: float | None) -> str:
    return "in time, see " if seconds is None else f"within {seconds:g} s, see "


def retry_after(header: str | None, now: float) -> float | None:
    """Parse RFC 9110's Retry-After, seconds or a date, at `now` in Unix seconds; None if missing or invalid."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        moment = unix_seconds(header)
        return None if moment is None else moment - now
    return seconds if math.isfinite(seconds) else None
