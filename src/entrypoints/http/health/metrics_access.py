"""Who may read the metrics: everyone, or whoever has the token that Prometheus is given.

The token is a setting and no API key, so that metrics can be read while the database is down.
"""

from hmac import compare_digest

from aiohttp import web
from aiohttp.hdrs import AUTHORIZATION
from aiohttp.typedefs import Handler

from domain.identity.errors import InvalidCredentials
from entrypoints.http.server.access.guard import METRICS_TOKEN, NO_CREDENTIALS, Access
from entrypoints.http.server.access.problems import UNAUTHENTICATED
from entrypoints.settings.settings import Settings


class WithMetricsToken(Access):
    """Everyone, unless the settings close it."""

    __slots__ = ()

    security = (NO_CREDENTIALS, METRICS_TOKEN)
    is_optional = True
    problems = (UNAUTHENTICATED,)

    def guard(self, handler: Handler, settings: Settings) -> Handler:
        """Ask for the token where the metrics are not open."""
        if settings.has_open_metrics:
            return handler
        token = "" if settings.metrics_token is None else settings.metrics_token.get_secret_value()

        async def handle(request: web.Request) -> web.StreamResponse:
            if not any(_is_token(header, token) for header in request.headers.getall(AUTHORIZATION, ())):
                raise InvalidCredentials("send CROSSRATE_METRICS_TOKEN, once it is set, as Authorization: Bearer")
            return await handler(request)

        return handle


def _is_token(header: str, token: str) -> bool:
    scheme, _, given = header.partition(" ")
    is_bearer = bool(token) and scheme.lower() == "bearer"
    return is_bearer and compare_digest(given.strip().encode(errors="replace"), token.encode())
