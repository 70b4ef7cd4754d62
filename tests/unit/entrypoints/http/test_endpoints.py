"""Each path is where the tables say, and a path of nothing is nowhere."""

import re
from pathlib import Path

import pytest
from dependency_injector import providers

from entrypoints import http
from entrypoints.http.endpoints import PAGES, PARTS, PATHS, beginning_of, beginnings, endpoints_of, routes_at
from entrypoints.http.server.idempotency import KeyUse
from entrypoints.settings.settings import Settings
from entrypoints.wiring.application import ApplicationContainer


def test_the_paths_of_each_module_begin_as_the_table_says() -> None:
    for module, paths in PATHS.items():
        if paths:
            of_endpoints = {path for each in endpoints_of(module) for path in (each.path, *each.aliases)}
            assert set(map(beginning_of, of_endpoints)) == set(paths), module


def test_each_page_is_where_the_table_says() -> None:
    settings = Settings(_env_file=None)
    for paths in PAGES.values():
        for beginning in paths:
            assert any(beginning_of(route.path) == beginning for route in routes_at(beginning, settings)), beginning


def test_the_parts_that_a_package_uses_are_imported_with_its_endpoints() -> None:
    late = {name for name, each in ApplicationContainer.providers.items() if isinstance(each, providers.Singleton)}
    assert {part for parts in PARTS.values() for part in parts} <= late
    for package in {module.partition(".")[0] for module in (*PATHS, *PAGES)}:
        sources = [file.read_text() for file in (Path(http.__file__).parent / package).glob("*.py")]
        used = {name for source in sources for name in re.findall(r"\[CONTAINER\]\s*\.(\w+)\(\)", source)}
        assert used & late <= set(PARTS.get(package, ())), package


def test_what_asks_for_credentials_or_a_key_is_imported_with_what_checks_them() -> None:
    for module in PATHS:
        parts = PARTS.get(module.partition(".")[0], ())
        for endpoint in endpoints_of(module):
            if endpoint.access.security and not endpoint.access.is_optional and module != "health.metrics":
                assert "identity" in parts, endpoint.id
            if endpoint.idempotency_key is not KeyUse.NONE:
                assert "idempotency" in parts, endpoint.id


@pytest.mark.parametrize(
    ("path", "beginning"),
    [
        ("/", "/"),
        ("/wallets", "/wallets"),
        ("/assets/0/app.js", "/assets"),
        ("/api/v1/wallets", "/api/v1/wallets"),
        ("/api/wallets", "/api/v1/wallets"),
        ("/api/v1/wallets/mine/entries", "/api/v1/wallets"),
        ("/api/v3/simple/price", "/api/v3/simple"),
        ("/v1/2026-01-02", "/v1"),
    ],
)
def test_a_path_begins_with_its_first_segment_after_the_version(path: str, beginning: str) -> None:
    assert beginning_of(path) == beginning
    assert beginning in beginnings()


@pytest.mark.parametrize("path", ["", "/api", "/api/", "/api/v1", "/api/v1/", "/nothing", "/api/v9/convert"])
def test_what_leads_nowhere_has_an_unknown_beginning(path: str) -> None:
    assert beginning_of(path) not in beginnings()
