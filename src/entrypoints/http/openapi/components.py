"""The parameters, headers and security schemes that the endpoints share."""

from domain.idempotency.keyed_request import MAX_KEY_LENGTH
from entrypoints.http.openapi.schemas import Json
from entrypoints.http.server.access.guard import (
    API_KEY,
    API_KEY_IN_QUERY,
    BASIC,
    BEARER,
    METRICS_TOKEN,
    SESSION,
    SESSION_ID,
)
from entrypoints.http.server.access.presented_credentials import KEY_HEADER, KEY_PARAMETER
from entrypoints.http.server.access.session_cookies import ACCESS_COOKIE, HOST_PREFIX, SESSION_HEADER
from entrypoints.http.server.idempotency import REPLAYED_HEADER

REQUEST_ID_PARAMETER = {
    "name": "X-Request-ID",
    "in": "header",
    "description": "Kept if it has 1 to 128 of the characters `A-Z a-z 0-9 . _ : + / = @ -`; otherwise replaced.",
    "schema": {"type": "string"},
}
IF_NONE_MATCH_PARAMETER = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag of an earlier answer: 304 if nothing has changed since.",
    "schema": {"type": "string"},
}
KEY_PARAMETER_SCHEMA = {"type": "string", "minLength": 1, "maxLength": MAX_KEY_LENGTH, "pattern": "^[ -~]+$"}
KEY_DESCRIPTION = (
    "Names this request, so that it can be repeated when its answer was lost: a repeat with the same key, path and "
    "body changes nothing more and gets the same answer. Any random text, such as a UUID; kept for 30 days, for your "
    "own requests only."
)
HEADERS: dict[str, Json] = {
    "X-Request-ID": {
        "description": "The request's id: its own X-Request-ID, or a generated one.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:+/=@-]{1,128}$"},
    },
    "Retry-After": {
        "description": "Seconds to wait before the next attempt.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    "ETag": {
        "description": "Send it as If-None-Match to revalidate the answer.",
        "schema": {"type": "string", "pattern": '^"[0-9a-f]{32}"$'},
    },
    REPLAYED_HEADER: {
        "description": "Whether this is the answer to an earlier request with the same Idempotency-Key. Absent without "
        "a key.",
        "required": False,
        "schema": {"type": "string", "enum": ["true", "false"]},
    },
    "Allow": {"description": "The methods that this path supports.", "required": True, "schema": {"type": "string"}},
    "WWW-Authenticate": {
        "description": "How to authenticate.",
        "required": True,
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {
        "description": "The rate limit: `q` requests within `w` seconds. Absent where there is no limit.",
        "schema": {"type": "string"},
    },
    "RateLimit": {
        "description": "What remains: `r` requests, with a reset in `t` seconds. Absent where there is no limit.",
        "schema": {"type": "string"},
    },
}
SECURITY_SCHEMES = {
    BEARER: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The access token of a signed-in user; or an API key, where one is accepted.",
    },
    API_KEY: {
        "type": "apiKey",
        "in": "header",
        "name": KEY_HEADER,
        "description": "An API key of a user, for what its scopes permit.",
    },
    BASIC: {
        "type": "http",
        "scheme": "basic",
        "description": "An API key as the password, with any user name; or as the user name, without a password.",
    },
    SESSION: {
        "type": "apiKey",
        "in": "cookie",
        "name": f"{HOST_PREFIX}{ACCESS_COOKIE}",
        "description": "For pages of this service's own origin, which `POST /api/v1/session` signs in; without "
        f"`{HOST_PREFIX}` over plain HTTP. Ignored beside other credentials.",
    },
    SESSION_ID: {
        "type": "apiKey",
        "in": "header",
        "name": SESSION_HEADER,
        "description": "The id of the cookie's session, with whatever changes something.",
    },
}
METRICS_SCHEME = {
    METRICS_TOKEN: {
        "type": "http",
        "scheme": "bearer",
        "description": "What the operator has set as `CROSSRATE_METRICS_TOKEN`.",
    },
}
IN_QUERY_SCHEME = {
    API_KEY_IN_QUERY: {
        "type": "apiKey",
        "in": "query",
        "name": KEY_PARAMETER,
        "description": "An API key, for clients that can send no header. URLs end up in logs and histories.",
    },
}
