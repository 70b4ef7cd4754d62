"""Proxies that are trusted by name."""

import asyncio

import pytest

from entrypoints.http.server.proxy_names import NamedProxies
from entrypoints.settings.settings import Settings


def trusted(proxies: NamedProxies) -> list[str]:
    return [str(each) for each in proxies.trusted]


async def test_a_name_stands_for_its_addresses_beside_those_that_are_written_out() -> None:
    proxies = NamedProxies(["10.0.0.0/8", "localhost", "unix"])
    assert trusted(proxies) == ["10.0.0.0/8", "unix"]
    await proxies.resolve()
    assert "127.0.0.1/32" in trusted(proxies)
    assert set(trusted(proxies)) <= {"10.0.0.0/8", "unix", "127.0.0.1/32", "::1/128"}


@pytest.mark.parametrize("name", ["edge.crossrate.invalid.", "a..b", "x" * 64])
async def test_a_name_that_does_not_resolve_trusts_nobody(name: str) -> None:
    proxies = NamedProxies([name, "10.0.0.1"])
    await proxies.resolve()
    assert trusted(proxies) == ["10.0.0.1/32"]


async def test_a_proxy_that_moves_is_found_again_and_its_old_address_forgotten() -> None:
    addresses = iter([["192.0.2.1"], [], ["192.0.2.2", "2001:db8::2"]])

    async def resolve(name: str) -> list[str]:
        assert name == "edge"
        return next(addresses)

    proxies = NamedProxies(["edge"], resolve)
    kept, seen = proxies.trusted, []
    for _ in range(3):
        await proxies.resolve()
        seen.append(trusted(proxies))
    assert seen == [["192.0.2.1/32"], [], ["192.0.2.2/32", "2001:db8::2/128"]]
    assert proxies.trusted is kept  # the application holds it


async def test_names_are_resolved_until_the_service_ends() -> None:
    proxies = NamedProxies(["localhost"])
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(proxies.keep_resolving(), 0.5)
    assert "127.0.0.1/32" in trusted(proxies)


async def test_without_names_nothing_is_resolved() -> None:
    await asyncio.wait_for(NamedProxies(["10.0.0.1"]).keep_resolving(), 1)


@pytest.mark.parametrize("name", ["edge", "edge.crossrate.internal.", "proxy-1.example", "a_b", "1password.example"])
def test_a_host_name_can_be_set(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("CROSSRATE_TRUSTED_PROXIES", f"10.0.0.1, {name}")
    assert Settings(_env_file=None).trusted_proxies == ("10.0.0.1", name)
