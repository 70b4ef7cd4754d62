"""Where the application keeps what its handlers use."""

from typing import Protocol

from aiohttp import web

from application.check_health import CheckHealth
from application.convert import Convert
from entrypoints.accounts import Accounts


class RequestMeter(Protocol):
    """Is told of every request that was answered."""

    def request_answered(self, route: str | None, status: int, seconds: float) -> None:
        """Count a request; `route` is the pattern that it matched, None when it matched none."""
        ...


class Exposition(Protocol):
    """Everything that was counted."""

    content_type: str

    def text(self) -> bytes:
        """Write every metric as it is now."""
        ...


CONVERT = web.AppKey("convert", Convert)
ACCOUNTS = web.AppKey("accounts", Accounts)
CHECK_HEALTH = web.AppKey("check_health", CheckHealth)
REQUEST_METER: web.AppKey[RequestMeter] = web.AppKey("request_meter")
EXPOSITION: web.AppKey[Exposition] = web.AppKey("exposition")
