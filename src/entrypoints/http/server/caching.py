"""Answers that a client may keep and revalidate: ETag, Cache-Control, 304 (RFC 9110, 13.1.2)."""

import hashlib
from collections.abc import Mapping

from aiohttp import ETag, hdrs, web
from aiohttp.typedefs import Handler

from entrypoints.http.server.access.presented_credentials import KEY_PARAMETER

# Clients must revalidate each time, and shared caches may not store it: the answer depends on the caller.
CACHE_CONTROL = "private, no-cache"
VARY = "Accept, Authorization, Cookie, X-API-Key"

# No client names more tags than fit in here, and reading thousands would cost more than most answers.
_LONGEST = 1000

_JSON = {"Content-Type": "application/json"}


def revalidated(request: web.Request, body: bytes, headers: Mapping[str, str] = _JSON) -> web.Response:
    """Answer with the body, which `headers` describe, or with 304 and no body where the client has it already."""
    return revalidated_as(request, body, tag_of(body), headers)


def revalidated_as(request: web.Request, body: bytes, tag: str, headers: Mapping[str, str] = _JSON) -> web.Response:
    """Answer likewise with a body that has this tag."""
    return not_changed(tag) if is_known(request, tag) else tagged(web.Response(body=body, headers=headers), tag)


@web.middleware
async def store_no_key(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Forbid storing an answer whose URL holds an API key."""
    response = await handler(request)
    if KEY_PARAMETER in request.query:
        response.headers["Cache-Control"] = "no-store"
    return response


def tag_of(content: bytes) -> str:
    """Return the tag of this content."""
    return hashlib.sha256(content).hexdigest()[:32]


def is_known(request: web.Request, tag: str) -> bool:
    """Tell whether the client has what carries the tag."""
    if len(request.headers.get(hdrs.IF_NONE_MATCH, "")) > _LONGEST:
        return False
    return any(known.value in {tag, "*"} for known in request.if_none_match or ())


def not_changed(tag: str) -> web.Response:
    """Answer that the client has it."""
    return tagged(web.Response(status=304), tag)


def tagged(response: web.Response, tag: str) -> web.Response:
    """Set the tag on the response, and how it may be kept."""
    response.etag = ETag(value=tag)
    response.headers["Cache-Control"] = CACHE_CONTROL
    response.headers["Vary"] = VARY
    return response
