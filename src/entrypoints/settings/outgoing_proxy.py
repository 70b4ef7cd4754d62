"""The proxy through which a server is called, as HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY say."""

import re
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit
from urllib.request import getproxies_environment

from entrypoints.settings.addresses import check_encoding

_DEFAULT_PORTS = {"http": 80, "https": 443}


def outgoing_proxy(url: str) -> str | None:
    """Return the URL of the proxy for calls to `url`, None for direct ones.

    Names in lower case come before those in upper case. Raises `ValueError`, which begins with the variable.
    """
    server, named = urlsplit(url), getproxies_environment()
    variable = next((name for name in (server.scheme, "all") if named.get(name)), None)
    if variable is None or _is_excepted(server.hostname or "", _port(url), named.get("no", "")):
        return None
    try:
        return _usable(named[variable])
    except ValueError as error:
        raise ValueError(f"{variable.upper()}_PROXY: {error}") from None


def unusable_proxies(urls: dict[str, str]) -> list[str]:
    """Return what is wrong with the variables that apply to these URLs, each problem once."""
    wrong = set()
    for url in urls.values():
        try:
            outgoing_proxy(url)
        except ValueError as error:
            wrong.add(str(error))
    return sorted(wrong)


def _usable(proxy: str) -> str:
    address = proxy if "://" in proxy else f"http://{proxy}"
    scheme = address.partition("://")[0].lower()
    if scheme not in _DEFAULT_PORTS:
        raise ValueError(
            f"{scheme}:// is not supported; name a proxy with http://, or except the exchanges in NO_PROXY"
        )
    check_encoding(address)
    try:
        has_host = bool(urlsplit(address).hostname) and _port(address) > 0
    except ValueError:  # its own reason may quote the password
        has_host = False
    if not has_host:
        raise ValueError("must be http://HOST:PORT or http://USER:PASSWORD@HOST:PORT")
    return address


def _port(url: str) -> int:
    split = urlsplit(url)
    return split.port if split.port is not None else _DEFAULT_PORTS.get(split.scheme, 0)


def _is_excepted(host: str, port: int, exceptions: str) -> bool:
    entries = filter(None, re.split(r"[,\s]+", exceptions.lower()))
    return any(_matches(entry, host.rstrip("."), port) for entry in entries)


def _matches(entry: str, host: str, port: int) -> bool:
    """Match `*`, a network, an address, or a domain and what is below it; the last two may end with a port."""
    if entry == "*" or _is_in_network(host, entry):
        return True
    name, colon, digits = entry.rpartition(":")
    if colon and digits.isdecimal():
        return int(digits) == port and _matches(name, host, port)
    domain = entry.removeprefix("*").strip(".")
    return bool(domain) and f".{host}".endswith(f".{domain}")


def _is_in_network(host: str, entry: str) -> bool:
    try:
        return ip_address(host) in ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        return False
