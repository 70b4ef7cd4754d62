"""Under which path clients find the service, where a proxy serves it below a path of its own."""

import re
from collections.abc import Sequence

from aiohttp import web

from entrypoints.http.server.client_address import TrustedProxy, is_trusted

HEADER = "X-Forwarded-Prefix"

_LONGEST = 200
# Never `//`: that would lead to another host.
_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)*/?", re.ASCII)


def path_prefix(request: web.BaseRequest, trusted_proxies: Sequence[TrustedProxy]) -> str:
    """Return what a trusted proxy has cut off every path, such as `/rates`; of several proxies, all together."""
    if HEADER not in request.headers or not is_trusted(request.remote or "", trusted_proxies):
        return ""
    parts = [part.strip() for part in ",".join(request.headers.getall(HEADER)).split(",")]
    prefix = "".join(part.rstrip("/") for part in parts)
    return prefix if len(prefix) <= _LONGEST and _PREFIX.fullmatch(prefix) else ""
