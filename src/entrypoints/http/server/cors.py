"""Which web pages may read answers: cross-origin resource sharing, as https://fetch.spec.whatwg.org has it."""

from collections.abc import Mapping

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from entrypoints.http.server.responding import Respond

ANY = "*"

_EXPOSED = (
    "Allow, Content-Disposition, ETag, Idempotency-Replayed, Link, Location, RateLimit, RateLimit-Policy, Retry-After, "
    "WWW-Authenticate, X-Request-ID"
)
# For so long a browser need not ask again before each request.
_MAX_AGE_SECONDS = "600"


def allow_origins(respond: Respond, origins: frozenset[str]) -> Respond:
    """Return what also tells browsers, with every answer, that pages of these origins may read it.

    `*` stands for any origin. Browsers then send no credentials of their own, such as a remembered password.
    """

    def respond_and_allow(handler: Handler) -> Handler:
        responding = respond(handler)

        async def allowing(request: web.Request) -> web.StreamResponse:
            response = await responding(request)
            if ANY not in origins:
                vary = response.headers.get(hdrs.VARY)
                response.headers[hdrs.VARY] = f"{vary}, Origin" if vary else "Origin"
            origin = ANY if ANY in origins else request.headers.get(hdrs.ORIGIN)
            if origin in origins:
                response.headers.update(_permission(request, response, origin))
            return response

        return allowing

    return respond_and_allow


def _permission(request: web.Request, response: web.StreamResponse, origin: str) -> Mapping[str, str]:
    headers: dict[str, str] = {hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: origin}
    if origin != ANY:
        headers[hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS] = "true"
    if request.method == hdrs.METH_OPTIONS and hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers:
        headers[hdrs.ACCESS_CONTROL_ALLOW_METHODS] = response.headers.get(hdrs.ALLOW, "")
        # Whichever it names: none grants anything by itself.
        headers[hdrs.ACCESS_CONTROL_ALLOW_HEADERS] = request.headers.get(hdrs.ACCESS_CONTROL_REQUEST_HEADERS, "")
        headers[hdrs.ACCESS_CONTROL_MAX_AGE] = _MAX_AGE_SECONDS
    else:
        headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = _EXPOSED
    return headers
