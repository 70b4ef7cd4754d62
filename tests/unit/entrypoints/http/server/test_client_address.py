"""Whose address a request counts by."""

from ipaddress import ip_network
from unittest.mock import Mock

import pytest
from aiohttp.test_utils import make_mocked_request

from entrypoints.http.server.client_address import UNKNOWN, TrustedProxy, client_address

PROXIES = (ip_network("10.0.0.0/8"), ip_network("2001:db8:ffff::/48"))


def address(peer: str | None, *forwarded: str) -> str:
    return behind([("X-Forwarded-For", each) for each in forwarded], peer=peer)


def behind(headers: list[tuple[str, str]], *, peer: str | None = "10.0.0.1", is_socket_trusted: bool = False) -> str:
    transport = Mock()
    transport.get_extra_info.side_effect = lambda name, default=None: (
        (peer, 1) if name == "peername" and peer is not None else default
    )
    trusted: tuple[TrustedProxy, ...] = (*PROXIES, "unix") if is_socket_trusted else PROXIES
    return client_address(make_mocked_request("GET", "/", headers=headers, transport=transport), trusted)


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


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("203.0.113.9:51000", "203.0.113.9"),
        ("[2001:db8::1]:443", "2001:db8::/64"),
        ("[2001:db8::1]", "2001:db8::/64"),
        ("2001:db8::1", "2001:db8::/64"),
        ('"203.0.113.9"', "203.0.113.9"),
        ('"[2001:db8::1]:443"', "2001:db8::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:http", "10.0.0.1"),
        ("[2001:db8::1]x", "10.0.0.1"),
        ("unknown", "10.0.0.1"),
    ],
)
def test_an_address_is_read_however_a_proxy_writes_it(written: str, expected: str) -> None:
    assert behind([("X-Forwarded-For", written)]) == expected
    assert behind([("X-Forwarded-For", f"198.51.100.7, {written}, 10.0.0.2:80")]) == expected.replace(
        "10.0.0.1", "10.0.0.2"
    )


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("for=203.0.113.9", "203.0.113.9"),
        ("For=203.0.113.9:51000;proto=https;by=10.0.0.1", "203.0.113.9"),
        ('proto=https; for="[2001:db8::1]:443"', "2001:db8::/64"),
        ("for=198.51.100.7, for=203.0.113.9, for=10.0.0.2", "203.0.113.9"),
        ('for=203.0.113.9;host="a,b"', "203.0.113.9"),
        ("for=_hidden", "10.0.0.1"),
        ("for=unknown", "10.0.0.1"),
        ("proto=https", "10.0.0.1"),
        ("before=203.0.113.9", "10.0.0.1"),
    ],
)
def test_the_standard_header_is_read_too(written: str, expected: str) -> None:
    assert behind([("Forwarded", written)]) == expected


def test_where_a_proxy_writes_the_usual_header_the_standard_one_is_the_clients() -> None:
    assert behind([("Forwarded", "for=192.0.2.1"), ("X-Forwarded-For", "203.0.113.9")]) == "203.0.113.9"


def test_a_unix_socket_names_the_client_only_where_it_is_trusted() -> None:
    headers = [("X-Forwarded-For", "203.0.113.9")]
    assert behind(headers, peer=None) == UNKNOWN
    assert behind(headers, peer=None, is_socket_trusted=True) == "203.0.113.9"
    assert behind([], peer=None, is_socket_trusted=True) == UNKNOWN
    assert behind(headers, peer="192.0.2.1", is_socket_trusted=True) == "192.0.2.1"
