"""Answers that a client may keep and revalidate: ETag, Cache-Control, 304 (RFC 9110, 13.1.2)."""

import hashlib

from aiohttp import ETag, web

# Clients must revalidate each time, and shared caches may not store it: the answer depends on the caller.
CACHE_CONTROL = "private, no-cache"
VARY = "Accept, Authorization, X-API-Key"


def revalidated(request: web.Request, body: bytes) -> web.Response:
    """Answer with the JSON body, or with 304 and no body where the client has it already."""
    tag = hashlib.sha256(body).hexdigest()[:32]
    is_known = any(known.value in {tag, "*"} for known in request.if_none_match or ())
    response = web.Response(status=304) if is_known else web.Response(body=body, content_type="application/json")
    response.etag = ETag(value=tag)
    response.headers["Cache-Control"] = CACHE_CONTROL
    response.headers["Vary"] = VARY
    return response
