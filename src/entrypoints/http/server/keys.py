"""Where the application keeps what its handlers use."""

from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from application.health.check_health import CheckHealth
from application.quotes.check_quotes import CheckQuotes
from application.rates.convert import Convert
from entrypoints.http.server.admission import Admission
from entrypoints.http.server.known_credentials import KnownCredentials
from entrypoints.wiring.identity import IdentityContainer
from entrypoints.wiring.quotes import QuotesContainer


class RequestMeter(Protocol):
    """Is told of every request that was answered."""

    def request_answered(self, route: str | None, status: int, seconds: float) -> None:
        """Count a request; `route` is the pattern that it matched, None when it matched none."""
        ...


class Exposition(Protocol):
    """Everything that was counted."""

    content_type: str

    def settle(self) -> None:
        """Take over what was counted since the last time; only where it is counted, which is in the loop's thread."""
        ...

    def text(self) -> bytes:
        """Write every metric as it was taken over; in any thread."""
        ...


@dataclass(slots=True)
class Lifetime:
    """Where the process is between its start and its end."""

    is_ending: bool = False


CONVERT = web.AppKey("convert", Convert)
IDENTITY = web.AppKey("identity", IdentityContainer)
QUOTES = web.AppKey("quotes", QuotesContainer)
CHECK_HEALTH = web.AppKey("check_health", CheckHealth)
CHECK_QUOTES = web.AppKey("check_quotes", CheckQuotes)
REQUEST_METER: web.AppKey[RequestMeter] = web.AppKey("request_meter")
EXPOSITION: web.AppKey[Exposition] = web.AppKey("exposition")
LIFETIME = web.AppKey("lifetime", Lifetime)
KNOWN_CREDENTIALS = web.AppKey("known_credentials", KnownCredentials)
ADMISSION = web.AppKey("admission", Admission)
