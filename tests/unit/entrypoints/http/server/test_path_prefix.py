"""Only a trusted proxy says below which path the service is, and only a path counts."""

from ipaddress import ip_network

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from entrypoints.http.server.client_address import TrustedProxy
from entrypoints.http.server.path_prefix import path_prefix

SOCKET: tuple[TrustedProxy, ...] = ("unix",)  # where a mocked request comes from


def prefix_of(*told: str) -> str:
    headers = CIMultiDict([("X-Forwarded-Prefix", each) for each in told])
    return path_prefix(make_mocked_request("GET", "/", headers=headers), SOCKET)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ((), ""),
        (("/rates",), "/rates"),
        (("/rates/",), "/rates"),
        (("/",), ""),
        (("/a/b-c.d_e~f",), "/a/b-c.d_e~f"),
        (("/outer, /inner",), "/outer/inner"),
        (("/outer", "/inner"), "/outer/inner"),
        (("",), ""),
    ],
)
def test_the_prefixes_of_all_proxies_are_joined(told: tuple[str, ...], expected: str) -> None:
    assert prefix_of(*told) == expected


@pytest.mark.parametrize("told", ["//evil.example", "rates", "/a b", "/a?b", "/a#b", "/a%2f", "/a//b", "/" + "a" * 200])
def test_anything_else_is_ignored(told: str) -> None:
    assert prefix_of(told) == ""


def test_nobody_else_is_believed() -> None:
    request = make_mocked_request("GET", "/", headers={"X-Forwarded-Prefix": "/rates"})
    assert path_prefix(request, (ip_network("192.0.2.0/24"),)) == ""
