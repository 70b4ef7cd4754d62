"""Trusted proxies that are known by name, and whose address changes when they start again."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_network
from socket import SOCK_STREAM, gaierror

import structlog

from entrypoints.http.server.client_address import Network, TrustedProxy, trusted_proxy

# Until then a proxy that has a new address counts as a client, and so do all clients behind it.
RESOLVE_SECONDS = 5.0

Resolve = Callable[[str], Awaitable[Sequence[str]]]

log = structlog.get_logger()


class NamedProxies:
    """The proxies of a setting: addresses as they are, and names as they resolve now."""

    def __init__(self, written: Sequence[str], resolve: Resolve | None = None) -> None:
        parsed = {each: trusted_proxy(each) for each in written}
        self._fixed = [proxy for proxy in parsed.values() if proxy is not None]
        self._names = [name for name, proxy in parsed.items() if proxy is None]
        self._resolve = resolve or _resolve
        self._resolved: dict[str, tuple[Network, ...]] = {}
        self.trusted: list[TrustedProxy] = list(self._fixed)

    async def keep_resolving(self) -> None:
        """Resolve the names every few seconds; return at once if there are none."""
        while self._names:
            await self.resolve()
            await asyncio.sleep(RESOLVE_SECONDS)

    async def resolve(self) -> None:
        """Resolve each name once; one that has no address now trusts nobody."""
        for name in self._names:
            self._update(name, tuple(map(ip_network, await self._resolve(name))))

    def _update(self, name: str, networks: tuple[Network, ...]) -> None:
        if self._resolved.get(name) != networks:
            log.info("trusted_proxy_resolved", name=name, addresses=[str(each.network_address) for each in networks])
        self._resolved[name] = networks
        self.trusted[:] = [*self._fixed, *(each for found in self._resolved.values() for each in found)]


async def _resolve(name: str) -> Sequence[str]:
    """Return the addresses of a name, none if it has none now. Takes as long as the system's resolver does."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(name, None, type=SOCK_STREAM)
    except (gaierror, UnicodeError):
        return ()
    return sorted({str(address[0]).partition("%")[0] for *_, address in found})
