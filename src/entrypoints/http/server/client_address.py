"""The address that a request comes from."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import web

Network = IPv4Network | IPv6Network

UNKNOWN = "unknown"

# One household or machine owns a whole network of this size, and can send from any address in it.
_IPV6_PREFIX_LENGTH = 64


def client_address(request: web.Request, trusted_proxies: Sequence[Network]) -> str:
    """Return the client's address, or its /64 network for IPv6.

    `X-Forwarded-For` is read from its end, and only as far as trusted proxies wrote it: anyone can write the rest.
    """
    address = request.remote or ""
    forwarded = ",".join(request.headers.getall("X-Forwarded-For", ())).split(",")
    while _is_in(address, trusted_proxies) and forwarded:
        named = forwarded.pop().strip()
        if _parsed(named) is None:
            break
        address = named
    return _counted(address)


def _is_in(address: str, networks: Sequence[Network]) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in networks)


def _counted(address: str) -> str:
    parsed = _parsed(address)
    if parsed is None:
        return UNKNOWN
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, _IPV6_PREFIX_LENGTH), strict=False))
    return str(parsed)


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return (parsed.ipv4_mapped or parsed) if isinstance(parsed, IPv6Address) else parsed
