"""The application's keys for what every endpoint uses. Keys of one feature stand beside its routes."""

import asyncio
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from aiohttp import web

from domain.identity.caller import Caller
from entrypoints.http.server.aiohttp_hooks import Lane
from entrypoints.http.server.problems import ProblemTable
from entrypoints.http.server.verified_credentials import VerifiedCredentials

if TYPE_CHECKING:
    from entrypoints.wiring.application import ApplicationContainer


class RequestMeter(Protocol):
    """Counts answered requests, and connections closed to protect the service."""

    def request_answered(self, route: str | None, status: int, seconds: float) -> None:
        """Count a request; `route` is the pattern that its path matched, None when it matched none."""
        ...

    def streaming(self) -> AbstractContextManager[None]:
        """Count a stream while it is open."""
        ...

    def connections_closed(self, reason: str, count: int) -> None:
        """Count closed connections; `reason` is one of a few names."""
        ...


@dataclass(slots=True)
class Lifecycle:
    """Where the process is between its start and its end."""

    is_draining: bool = False
    draining: asyncio.Event = field(default_factory=asyncio.Event)

    def drain(self) -> None:
        """Begin to stop."""
        self.is_draining = True  # read by each request, and faster than the event
        self.draining.set()


CONTAINER: "web.AppKey[ApplicationContainer]" = web.AppKey("container")
# Absent where no lane answers.
FAST_LANE: web.AppKey[Lane] = web.AppKey("fast_lane")
LIFECYCLE = web.AppKey("lifecycle", Lifecycle)
PROBLEM_TABLE = web.AppKey("problem_table", ProblemTable)
REQUEST_METER: web.AppKey[RequestMeter] = web.AppKey("request_meter")
VERIFIED_CREDENTIALS = web.AppKey("verified_credentials", VerifiedCredentials)

# Whether an API key may be in the URL, which logs and browser histories keep.
ACCEPTS_KEY_IN_QUERY = web.AppKey("accepts_key_in_query", bool)

# Set on a request before its handler is called, where the endpoint's access asks for credentials.
CALLER = web.RequestKey("caller", Caller)
