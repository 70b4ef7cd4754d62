"""Where events are sent: URLs, and the addresses that their hosts may have."""

import re
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Self

from domain.webhooks.errors import InvalidWebhookUrl

MAX_URL_LENGTH = 2048
PORTS = (443, 8443)

# One way to write each URL, so that nothing reads another host than this does.
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<path>[/?][!-~]*)?",
    re.ASCII,
)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
# What resolvers read as a number: 127.1, 2130706433, 0x7f.1.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_LOCAL_NAMES = ("localhost", "local", "internal", "localdomain", "home.arpa")

# Neither Python's `is_global`, which differs between versions, nor a list of what is private: new special ranges
# would be missing. https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry
_NOT_PUBLIC_4 = tuple(
    map(
        IPv4Network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24"),
            *("192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
            *("224.0.0.0/4", "240.0.0.0/4"),
        ),
    )
)
# Everything else, such as mapped, translated (64:ff9b::/96) and link-local addresses, is outside of it.
_PUBLIC_6 = IPv6Network("2000::/3")
# Protocol assignments with Teredo, documentation, 6to4, documentation.
_NOT_PUBLIC_6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "2620:4f:8000::/48")))


class WebhookUrl(str):
    """A URL in one spelling: scheme and host in lower case, no user, no fragment. Raises `InvalidWebhookUrl`."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Validate `text`."""
        scheme, separator, rest = text.partition("://")
        authority, slash, path = _split(rest)
        text = f"{scheme.lower()}{separator}{authority.lower()}{slash}{path}"
        found = _URL.fullmatch(text) if len(text) <= MAX_URL_LENGTH and "#" not in text else None
        if found is None or int(found["port"] or 443) > 65535 or not _is_host(found["host"]):
            raise InvalidWebhookUrl(
                f"must be a URL such as https://example.com/events, of at most {MAX_URL_LENGTH} ASCII characters, "
                "without a user or a fragment"
            )
        return super().__new__(cls, text)

    @property
    def origin(self) -> str:
        """Scheme, host and port, which may be shown to others: path and query may hold a secret of the receiver's."""
        scheme, _, rest = self.partition("://")
        return f"{scheme}://{_split(rest)[0]}"

    def require_public(self) -> None:
        """Raise `InvalidWebhookUrl` if events must not be sent there, as far as one can tell before resolving it."""
        found = _URL.fullmatch(self)
        if found is None or found["scheme"] != "https":
            raise InvalidWebhookUrl("must begin with https://")
        if int(found["port"] or 443) not in PORTS:
            raise InvalidWebhookUrl(f"must have the port {' or '.join(map(str, PORTS))}")
        if not _may_be_public(found["host"]):
            raise InvalidWebhookUrl("must have a host that is public on the internet")


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the internet: neither private, nor reserved, nor a form of such a one."""
    try:
        return not any(IPv4Address(address) in network for network in _NOT_PUBLIC_4)
    except AddressValueError:
        pass
    try:
        six = IPv6Address(address)
    except AddressValueError:
        return False
    return six in _PUBLIC_6 and six.scope_id is None and not any(six in network for network in _NOT_PUBLIC_6)


def _split(rest: str) -> tuple[str, str, str]:
    for index, character in enumerate(rest):
        if character in "/?":
            return rest[:index], character, rest[index + 1 :]
    return rest, "", ""


def _is_host(host: str) -> bool:
    if host.startswith("["):
        try:
            IPv6Address(host[1:-1])
        except AddressValueError:
            return False
        return True
    labels = host.removesuffix(".").split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _is_ipv4(host)
    return all(map(_LABEL.fullmatch, labels))


def _is_ipv4(host: str) -> bool:
    try:
        IPv4Address(host)
    except AddressValueError:
        return False
    return True


def _may_be_public(host: str) -> bool:
    if host.startswith("["):
        return is_public(host[1:-1])
    if _is_ipv4(host):
        return is_public(host)
    name = host.removesuffix(".")
    return "." in name and not any(name == each or name.endswith(f".{each}") for each in _LOCAL_NAMES)
