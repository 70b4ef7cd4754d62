"""Where a server listens."""

import os
import socket

from aiohttp import web

ANY_IPV6 = "::"


def bracketed(host: str, port: int) -> str:
    """Return the address as a URL or gunicorn has it."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def require_free(host: str, port: int) -> None:
    """Raise `OSError` where nobody could listen, before anything is started that would have to be stopped again."""
    for family, _, _, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE):
        try:
            socket.create_server(address[:2], family=family, dualstack_ipv6=host == ANY_IPV6).close()
        except OSError as error:
            raise OSError(error.errno, os.strerror(error.errno or 0)) from None  # the function's own text is longer


def site_of(runner: web.BaseRunner, host: str, port: int, backlog: int = 128) -> web.BaseSite:
    """Return the site that listens there. `::` takes IPv4 too, as gunicorn's does; asyncio's own takes IPv6 only."""
    if host != ANY_IPV6:
        return web.TCPSite(runner, host, port, backlog=backlog)
    listening = socket.create_server((host, port), family=socket.AF_INET6, backlog=backlog, dualstack_ipv6=True)
    listening.setblocking(False)  # noqa: FBT003 -- the method's only parameter
    return web.SockSite(runner, listening, backlog=backlog)
