"""Whose address a request counts by."""

from ipaddress import ip_network
from unittest.mock import Mock

import pytest
from aiohttp.test_utils import make_mocked_request

from entrypoints.http.server.client_address import UNKNOWN, client_address

PROXIES = (ip_network("10.0.0.0/8"), ip_network("2001:db8:ffff::/48"))


def address(peer: str | None, *forwarded: str) -> str:
    transport = Mock()
    transport.get_extra_info.side_effect = lambda name, default=None: (
        (peer, 1) if name == "peername" and peer is not None else default
    )
    headers = [("X-Forwarded-For", each) for each in forwarded]
    return client_address(make_mocked_request("GET", "/", headers=headers, transport=transport), PROXIES)


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", ["198.51.100.7"], "192.0.2.1"),
        ("10.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["203.0.113.9", "198.51.100.7, 10.0.0.2"], "198.51.100.7"),
        ("10.0.0.1", ["198.51.100.7, nonsense"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", ["10.0.0.3"], "10.0.0.3"),
        ("2001:db8:ffff::1", ["198.51.100.7"], "198.51.100.7"),
    ],
    ids=[
        "a client",
        "a client that claims another address",
        "through a proxy",
        "through a proxy, with a made-up beginning",
        "through two proxies, in two headers",
        "a proxy that names nobody",
        "an empty header",
        "a client inside the trusted network",
        "through a proxy over IPv6",
    ],
)
def test_only_trusted_proxies_name_the_client(peer: str, forwarded: list[str], expected: str) -> None:
    assert address(peer, *forwarded) == expected


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9%eth0", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        (None, UNKNOWN),
        ("unix socket", UNKNOWN),
    ],
)
def test_all_addresses_of_an_ipv6_network_count_as_one(peer: str | None, expected: str) -> None:
    assert address(peer) == expected
