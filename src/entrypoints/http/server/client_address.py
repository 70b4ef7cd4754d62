"""The address that a request comes from."""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Literal

from aiohttp import web
from multidict import CIMultiDictProxy

Network = IPv4Network | IPv6Network

# As a trusted proxy: any peer on a Unix socket, where peers have no address.
UNIX_SOCKET = "unix"
TrustedProxy = Network | Literal["unix"]

UNKNOWN = "unknown"

# One household or machine owns a whole network of this size, and can send from any address in it.
_IPV6_PREFIX_LENGTH = 64

# An element of Forwarded, which may contain quoted commas, and its `for` parameter (RFC 7239).
_ELEMENT = re.compile(r'(?:"[^"]*"|[^,"])+')
_FOR = re.compile(r'(?:^|;)\s*for\s*=\s*("[^"]*"|[^;\s]*)', re.IGNORECASE)
_BRACKETED = re.compile(r"\[([^\]]*)\](?::\d+)?")


def trusted_proxy(written: str) -> TrustedProxy | None:
    """Read an address, a network or `unix`; None for anything else, which is the name of a host."""
    try:
        return "unix" if written == UNIX_SOCKET else ip_network(written)
    except ValueError:
        return None


def client_address(request: web.Request, trusted_proxies: Sequence[TrustedProxy]) -> str:
    """Return the client's address, or its /64 network for IPv6.

    `X-Forwarded-For`, or `Forwarded` where there is none, is read from its end, and only as far as trusted proxies
    wrote it: anyone can write the rest.
    """
    address = request.remote or ""
    forwarded = _forwarded(request.headers)
    while is_trusted(address, trusted_proxies) and forwarded:
        named = _without_port(forwarded.pop())
        if _parsed(named) is None:
            break
        address = named
    return counted_address(address)


def _forwarded(headers: CIMultiDictProxy[str]) -> list[str]:
    """Return the addresses in the headers as written, the nearest last."""
    if "X-Forwarded-For" in headers:
        return ",".join(headers.getall("X-Forwarded-For")).split(",")
    elements = _ELEMENT.findall(",".join(headers.getall("Forwarded", ())))
    found = [_FOR.search(element) for element in elements]
    return ["" if each is None else each.group(1) for each in found]


def _without_port(named: str) -> str:
    """Return the address of `192.0.2.1:443`, `[2001:db8::1]:443` and the like, with or without quotes."""
    text = named.strip().strip('"').strip()
    bracketed = _BRACKETED.fullmatch(text)
    if bracketed is not None:
        return bracketed.group(1)
    address, colon, port = text.partition(":")
    return address if colon and port.isdigit() else text


def is_trusted(address: str, proxies: Sequence[TrustedProxy]) -> bool:
    """Tell whether an address is a trusted proxy's. A peer on a Unix socket has no address that can be parsed."""
    parsed = _parsed(address)
    if parsed is None:
        return UNIX_SOCKET in proxies
    return any(proxy != UNIX_SOCKET and parsed in proxy for proxy in proxies)


def counted_address(address: str) -> str:
    """Return the key under which an address is counted: itself, its /64 network for IPv6, or `unknown`."""
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
