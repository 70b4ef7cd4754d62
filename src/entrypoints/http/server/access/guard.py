"""Who may call an endpoint, and how often. The guard and the documentation both derive from one `Access` value."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

from aiohttp import web
from aiohttp.typedefs import Handler

from application.ports.rate_limiter import Group
from domain.errors import DatabaseUnavailable
from domain.identity.api_key import Scope
from domain.identity.caller import Caller
from domain.identity.errors import InvalidCredentials, NotAllowed
from domain.identity.user import Role
from entrypoints.http.server.access.caller import authenticated
from entrypoints.http.server.access.problems import (
    CHALLENGE,
    DATABASE_UNAVAILABLE,
    FORBIDDEN,
    TOO_MANY_REQUESTS,
    UNAUTHENTICATED,
)
from entrypoints.http.server.access.session_cookies import SESSION_HEADER
from entrypoints.http.server.app_keys import CALLER, PROBLEM_TABLE
from entrypoints.http.server.database_problems import DATABASE_BUSY
from entrypoints.http.server.problems import Problem, ProblemKind
from entrypoints.http.server.rate_limiting import by_address, by_user, rate_limited
from entrypoints.settings.settings import Settings

# The names of the security schemes in the OpenAPI document.
BEARER = "bearer"
API_KEY = "apiKey"
BASIC = "basic"
SESSION = "session"
SESSION_ID = "sessionId"
API_KEY_IN_QUERY = "apiKeyInQuery"
METRICS_TOKEN = "metricsToken"  # noqa: S105 -- a name
NO_CREDENTIALS = ""

WITH_BASIC = f'{CHALLENGE}, Basic realm="crossrate", charset="UTF-8"'

_LIMITED = (TOO_MANY_REQUESTS, DATABASE_UNAVAILABLE, DATABASE_BUSY)
_AUTHENTICATED = (UNAUTHENTICATED, FORBIDDEN, *_LIMITED)
_WITHOUT_A_KEY = (BEARER, SESSION)
_WITH_A_KEY = (BEARER, API_KEY, BASIC, SESSION)


class Access:
    """Everyone, without a limit; subclasses let in fewer.

    `security` lists the accepted security schemes, any one of which suffices. `is_limited` tells whether every answer
    carries rate limit headers. `problems` are those that reject a caller. Where `is_optional`, settings
    decide whether any of this applies.
    """

    __slots__ = ()

    security: ClassVar[tuple[str, ...]] = ()
    is_limited: ClassVar[bool] = False
    is_optional: ClassVar[bool] = False
    problems: ClassVar[tuple[ProblemKind, ...]] = ()

    def guard(self, handler: Handler, settings: Settings) -> Handler:  # noqa: ARG002 -- subclasses need them
        """Return a handler that checks access first, or `handler` itself where nothing is checked or counted."""
        return handler


PUBLIC = Access()


@dataclass(frozen=True, slots=True)
class LimitedByAddress(Access):
    """Everyone, with a limit for each address."""

    group: Group

    is_limited = True
    problems = _LIMITED

    def guard(self, handler: Handler, settings: Settings) -> Handler:  # noqa: ARG002 -- as above
        """Count each request by its address."""

        async def handle(request: web.Request) -> web.StreamResponse:
            return await _limited(request, self.group, by_address(request), handler)

        return handle


@dataclass(frozen=True, slots=True)
class SignedIn(Access):
    """Signed-in users only. An API key can neither make keys nor delete the account that it belongs to."""

    group: Group

    security = _WITHOUT_A_KEY
    is_limited = True
    problems = _AUTHENTICATED

    def guard(self, handler: Handler, settings: Settings) -> Handler:  # noqa: ARG002 -- as above
        """Authenticate each request, count it by its user, and reject API keys."""

        return _authenticated(self.group, Caller.own_session, handler)


@dataclass(frozen=True, slots=True)
class AsAdmin(Access):
    """Signed-in administrators only."""

    group: Group

    security = _WITHOUT_A_KEY
    is_limited = True
    problems = _AUTHENTICATED

    def guard(self, handler: Handler, settings: Settings) -> Handler:  # noqa: ARG002 -- as above
        """Authenticate each request, count it by its user, and reject API keys and other users."""

        def check(caller: Caller) -> None:
            caller.own_session()
            if caller.user.role is not Role.ADMIN:
                raise NotAllowed("only an administrator may do this")

        return _authenticated(self.group, check, handler)


@dataclass(frozen=True, slots=True)
class WithScope(Access):
    """Signed-in users, and API keys with the scope; all of a user's keys and tokens share one limit."""

    scope: Scope
    group: Group

    security = _WITH_A_KEY
    is_limited = True
    problems = _AUTHENTICATED

    def guard(self, handler: Handler, settings: Settings) -> Handler:  # noqa: ARG002 -- as above
        """Authenticate each request, count it, and reject API keys without the scope."""

        def check(caller: Caller) -> None:
            if self.scope not in caller.scopes:
                raise NotAllowed(f"the key lacks the scope {self.scope}")

        return _offering_basic(_authenticated(self.group, check, handler))


@dataclass(frozen=True, slots=True)
class AsConfigured(Access):
    """Everyone by default. `CROSSRATE_REQUIRE_AUTH` asks for the scope; `CROSSRATE_RATE_LIMIT_CONVERT` sets a limit."""

    scope: Scope
    group: Group

    security = (NO_CREDENTIALS, *_WITH_A_KEY)
    is_optional = True
    problems = _AUTHENTICATED

    def guard(self, handler: Handler, settings: Settings) -> Handler:
        """Check credentials or count requests, where the settings say so."""
        if settings.require_auth:
            return WithScope(self.scope, self.group).guard(handler, settings)
        if settings.rate_limit_convert == "off":
            return handler

        async def handle(request: web.Request) -> web.StreamResponse:
            return await _limited(request, self.group, await _by_caller_or_address(request), handler)

        return handle


def _authenticated(group: Group, check: Callable[[Caller], object], handler: Handler) -> Handler:
    async def checked(request: web.Request) -> web.StreamResponse:
        check(request[CALLER])
        return await handler(request)

    async def handle(request: web.Request) -> web.StreamResponse:
        caller = request[CALLER] = await authenticated(request)
        return await _limited(request, group, by_user(caller), checked)

    return handle


def _offering_basic(guarded: Handler) -> Handler:
    """Add Basic to each 401, for clients that send a password only when asked, such as wget and spreadsheets.

    Not for scripts in a browser: the browser would ask its user for a password.
    """

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await guarded(request)
        except (InvalidCredentials, Problem) as error:
            problem = request.app[PROBLEM_TABLE].problem_of(error)
            if problem.kind is not UNAUTHENTICATED or _is_from_script(request):
                raise
            raise replace(problem, headers={**problem.headers, "WWW-Authenticate": WITH_BASIC}) from error

    return handle


def _is_from_script(request: web.Request) -> bool:
    return request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate" or SESSION_HEADER in request.headers


async def _limited(request: web.Request, group: Group, who: str, handler: Handler) -> web.StreamResponse:
    async with rate_limited(request, group, who) as headers:
        response = await handler(request)
    response.headers.update(headers)
    return response


async def _by_caller_or_address(request: web.Request) -> str:
    """Count by caller, but by address if credentials are missing, invalid or impossible to check now."""
    try:
        return by_user(await authenticated(request))
    except (InvalidCredentials, Problem, DatabaseUnavailable):
        return by_address(request)
