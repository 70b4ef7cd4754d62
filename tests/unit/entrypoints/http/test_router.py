"""Endpoints are imported with the first request for one of them, without a stop of the others."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from entrypoints.http.router import Router
from entrypoints.settings.settings import Settings
from tests.unit.fakes.respond import unchanged

SETTINGS = Settings(_env_file=None)


class Imports:
    """Notes in which thread each import happens, and fails those that a test wants to fail."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []
        self.failure: Exception | None = None
        self.has_begun, self.may_end = threading.Event(), threading.Event()
        self.may_end.set()

    @contextmanager
    def __call__(self) -> Iterator[None]:
        self.threads.append(threading.current_thread())
        if self.failure is not None:
            raise self.failure
        self.has_begun.set()
        assert self.may_end.wait(timeout=10)
        yield


async def found(router: Router, path: str, method: str = "GET") -> tuple[int, str | None]:
    """Return the status that routing alone decides, 200 for a handler, and the pattern of the path."""
    match = await router.resolve(make_mocked_request(method, path))
    failure, resource = match.http_exception, match.route.resource
    return (200 if failure is None else failure.status), (None if resource is None else resource.canonical)


@pytest.mark.parametrize(
    ("method", "path", "status", "pattern"),
    [
        ("GET", "/health/live", 200, "/health/live"),
        ("GET", "/api/v1/wallets/mine", 200, "/api/v1/wallets/{name}"),
        ("GET", "/api/wallets/mine", 200, "/api/wallets/{name}"),
        ("OPTIONS", "/api/v1/wallets", 200, "/api/v1/wallets"),
        ("PUT", "/health/live", 405, None),
        ("GET", "/health/dead", 404, None),
        ("GET", "/nowhere", 404, None),
        ("GET", "/health/live" + "/" * 20, 404, None),
    ],
)
async def test_a_request_finds_its_route(method: str, path: str, status: int, pattern: str | None) -> None:
    assert await found(Router(SETTINGS, unchanged, nullcontext), path, method) == (status, pattern)


async def test_requests_at_the_same_time_import_once_and_in_another_thread() -> None:
    imports = Imports()
    router = Router(SETTINGS, unchanged, imports)
    assert {await each for each in [found(router, "/metrics") for _ in range(3)]} == {(200, "/metrics")}
    at_once = await asyncio.gather(found(router, "/problems/no-route"), found(router, "/problems/x"))
    assert set(at_once) == {(200, "/problems/{slug}")}
    assert len(imports.threads) == 2
    assert threading.current_thread() not in imports.threads


async def test_what_the_first_request_began_to_import_is_not_imported_again_after_its_end() -> None:
    imports = Imports()
    imports.may_end.clear()
    router = Router(SETTINGS, unchanged, imports)
    first = asyncio.create_task(found(router, "/metrics"))
    assert await asyncio.to_thread(imports.has_begun.wait, 10)
    first.cancel()
    await asyncio.wait([first])
    second = asyncio.create_task(found(router, "/metrics"))
    await asyncio.sleep(0.05)  # in which the second would begin to import, too
    imports.may_end.set()
    assert await second == (200, "/metrics")
    assert first.cancelled()
    assert len(imports.threads) == 1


async def test_a_failed_import_is_a_500_and_is_tried_again() -> None:
    imports = Imports()
    router = Router(SETTINGS, unchanged, imports)
    imports.failure = ImportError("half of the new version")
    match = await router.resolve(make_mocked_request("GET", "/metrics"))
    assert isinstance(match.http_exception, web.HTTPInternalServerError)
    assert match.http_exception.__cause__ is imports.failure
    imports.failure = None
    assert await found(router, "/metrics") == (200, "/metrics")


async def test_an_unknown_path_imports_nothing() -> None:
    imports = Imports()
    await found(Router(SETTINGS, unchanged, imports), "/nowhere")
    assert imports.threads == []
