# Made from _async/session.py by `make client`; change that file.
"""Sends calls: with credentials, again where that is safe, and within one deadline."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TypeVar

import httpx

from crossrate_client._answers import UNAUTHENTICATED, Answer, items, next_cursor
from crossrate_client._calls import Call, writing_once
from crossrate_client._decoding import decode
from crossrate_client._sync.io import Http, Lock, Transport, ended_after, sleep
from crossrate_client._tokens import Tokens
from crossrate_client._version import USER_AGENT
from crossrate_client.errors import CrossrateError, DeadlineExceeded, ServiceUnreachable, UnexpectedAnswer
from crossrate_client.retries import Retries

API = "/api/v1"
MOST_BYTES = 256 * 1024 * 1024

T = TypeVar("T")

# The request has not left this machine.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class Session:
    """What every group of calls sends through."""

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        username: str | None = None,
        password: str | None = None,
        timeout_seconds: float = 30.0,
        retries: Retries | None = None,
        transport: Transport | None = None,
    ) -> None:
        if (username is None) != (password is None):
            raise ValueError("a username needs its password")
        if api_key is not None and username is not None:
            raise ValueError("choose an API key or a user, not both")
        self.url = url.rstrip("/")
        self._api_key = api_key
        self._user = {"username": username, "password": password} if username is not None else None
        self._tokens: Tokens | None = None
        self._lock = Lock()
        self._timeout_seconds = timeout_seconds
        self._retries = Retries() if retries is None else retries
        self._http = Http(headers={"User-Agent": USER_AGENT}, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._http.close()

    def access_token(self, rejected: str | None = None) -> str | None:
        """Return the access token of the user, another one than `rejected`; None without a user."""
        return self._access_token(time.monotonic() + self._timeout_seconds, rejected)

    def _ask(self, call: Call, kind: type[T]) -> T:
        return decode(kind, self._value(call))

    def _items(self, call: Call, name: str, kind: type[T]) -> list[T]:
        return [decode(kind, each) for each in items(self._value(call), name)]

    def _pages(self, call: Call, name: str, kind: type[T]) -> Iterator[T]:
        cursor: str | None = None
        while True:
            page = self._value(call.page(cursor))
            for each in items(page, name):
                yield decode(kind, each)
            cursor = next_cursor(page, cursor)
            if cursor is None:
                return

    def _value(self, call: Call) -> object:
        """Return the JSON of the answer; None if it has none."""
        ends_at = time.monotonic() + self._timeout_seconds
        try:
            with ended_after(self._timeout_seconds):
                answer = self._authenticated(call, ends_at)
            if not answer.is_good:
                raise answer.error(time.time())
            return answer.value()
        except CrossrateError as error:
            error.idempotency_key = call.idempotency_key
            raise

    def _authenticated(self, call: Call, ends_at: float) -> Answer:
        """Send with credentials; an access token that is rejected before its time is replaced once."""
        used = self._access_token(ends_at)
        answer = self._repeated(call, ends_at, self._credentials(used))
        if answer.status == UNAUTHENTICATED and used is not None:
            renewed = self._access_token(ends_at, rejected=used)
            answer = self._repeated(call, ends_at, self._credentials(renewed))
        return answer

    def _credentials(self, token: str | None) -> dict[str, str]:
        if self._api_key is not None:
            return {"X-API-Key": self._api_key}
        return {} if token is None else {"Authorization": f"Bearer {token}"}

    def _access_token(self, ends_at: float, rejected: str | None = None) -> str | None:
        if self._user is None:
            return None
        with self._lock:  # all who wait for a token share the one sign-in
            tokens = self._tokens
            if tokens is None or not tokens.is_usable(time.monotonic()) or tokens.access == rejected:
                tokens = self._tokens = self._new_tokens(tokens, ends_at)
            return tokens.access

    def _new_tokens(self, before: Tokens | None, ends_at: float) -> Tokens:
        """Renew the tokens; sign in if there are none, or if they are not accepted any more."""
        if before is not None:
            self._tokens = None  # a token renews once, even if the answer is lost
            renewal = writing_once("POST", "/authenticate/refresh", {"refresh_token": before.refresh})
            renewed = self._repeated(renewal, ends_at, {})
            if renewed.is_good:
                return Tokens.of(renewed.value(), time.monotonic())
        signed_in = self._repeated(writing_once("POST", "/authenticate/login", self._user), ends_at, {})
        if not signed_in.is_good:
            raise signed_in.error(time.time())
        return Tokens.of(signed_in.value(), time.monotonic())

    def _repeated(self, call: Call, ends_at: float, credentials: dict[str, str]) -> Answer:
        """Send until there is an answer that will not pass, as long as repeating is safe and there is time."""
        attempt = 0
        while True:
            attempt += 1
            is_last = attempt >= self._retries.attempts
            try:
                answer = self._once(call, ends_at, credentials)
            except httpx.TransportError as error:
                if is_last or not (call.can_be_repeated or isinstance(error, _NOT_SENT)):
                    raise self._unreachable(error, ends_at) from error
                delay = self._retries.delay_seconds(attempt)
                if _left(ends_at) <= delay:
                    raise self._unreachable(error, ends_at) from error
            else:
                delay = self._retries.delay_seconds(attempt, answer.retry_after_seconds(time.time()))
                if is_last or not (call.can_be_repeated and answer.may_pass) or _left(ends_at) <= delay:
                    return answer
            sleep(delay)

    def _once(self, call: Call, ends_at: float, credentials: dict[str, str]) -> Answer:
        content = bytearray()
        with self._sent(call, httpx.Timeout(max(0.001, _left(ends_at))), credentials) as response:
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > MOST_BYTES:
                    raise UnexpectedAnswer(f"The answer has more than {MOST_BYTES} bytes.", response.status_code)
                if _left(ends_at) <= 0:
                    raise DeadlineExceeded(f"There was no whole answer within {self._timeout_seconds:g} s.")
            return Answer(response.status_code, headers_of(response), bytes(content))

    @contextmanager
    def _sent(self, call: Call, patience: httpx.Timeout, headers: dict[str, str]) -> Iterator[httpx.Response]:
        with self._http.stream(
            call.method,
            f"{self.url}{API}{call.path}",
            params=call.query or None,
            content=call.body,
            headers={**call.headers(), **headers},
            timeout=patience,
        ) as response:
            yield response

    def _unreachable(self, error: httpx.TransportError, ends_at: float) -> CrossrateError:
        if isinstance(error, httpx.TimeoutException) and _left(ends_at) <= 0:
            return DeadlineExceeded(f"There was no answer within {self._timeout_seconds:g} s.")
        return ServiceUnreachable(f"{self.url} does not answer: {str(error) or type(error).__name__}.")


def _left(ends_at: float) -> float:
    return ends_at - time.monotonic()


def headers_of(response: httpx.Response) -> dict[str, str]:
    """Return an answer's headers, their names in lower case."""
    return {name.lower(): value for name, value in response.headers.items()}
