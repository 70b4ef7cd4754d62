"""Attempts at a password: whose, from where, and when."""

from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network
from uuid import UUID

# A provider assigns up to this much of IPv6 to one customer: 65,536 networks of the size that counts as one address.
_IPV6_NETWORK_LENGTH = 48


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at the password of an account, at Unix time `at`.

    `account` is `Username.key`, whether or not there is such a user. `address` is an IPv4 address or the /64 network of
    an IPv6 address. `session_id` names the session of a signed-in user who was asked for their password again.
    """

    account: str
    address: str
    at: float
    session_id: UUID | None = None

    @property
    def network(self) -> str | None:
        """The /48 network around an IPv6 address; None for any other address."""
        try:
            first = IPv6Address(self.address.partition("/")[0])
        except ValueError:
            return None
        return str(IPv6Network((first, _IPV6_NETWORK_LENGTH), strict=False))
