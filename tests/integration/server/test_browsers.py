"""What browsers ask beside GET and POST: OPTIONS, with or without permission for other origins, and HEAD."""

import re
from collections.abc import AsyncIterator
from contextlib import nullcontext
from itertools import product

import aiohttp
import pytest

from entrypoints.http.router import Router
from entrypoints.settings.settings import Settings
from tests.integration.problems import is_problem
from tests.integration.rejections import document
from tests.routes import all_routes
from tests.servers.service import running_crossrate
from tests.servers.service_client import CONVERT, Answer, Service
from tests.unit.fakes.respond import unchanged

OURS, OTHERS = "https://app.example", "https://elsewhere.example"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,x-api-key"}
JSON = {"Content-Type": "application/json"}
TRX = f"{CONVERT}?currency_from=TRX&currency_to=USDT&amount=1&cache_max_seconds=1000"
PERMISSION = "Access-Control-Allow-Origin"


def methods_of_paths() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for route in all_routes(Router(Settings(_env_file=None), unchanged, nullcontext)):
        if route.resource is not None:
            path = re.sub(r"\{name\}", "docs.js", route.resource.canonical)
            found.setdefault(path.replace("{slug}", "no-route").replace("{id}", "1"), set()).add(route.method)
    return found


METHODS = methods_of_paths()
PATHS = {path: methods for path, methods in METHODS.items() if "{" not in path}


@pytest.fixture(scope="module", params=[(OURS, "http://localhost:3000"), ("*",)], ids=["some", "any"])
async def permissive(request: pytest.FixtureRequest, client: aiohttp.ClientSession) -> AsyncIterator[Service]:
    async with running_crossrate(cors_origins=request.param) as url:
        yield Service(url, client)


def is_permitted(answer: Answer) -> bool:
    """Tell whether a page of `OURS` may read the answer; permission must come with all its headers."""
    permission = answer.headers.get(PERMISSION)
    if permission == "*":
        return "Access-Control-Allow-Credentials" not in answer.headers
    assert "Origin" in answer.headers["Vary"].split(", ")
    return permission == OURS and answer.headers["Access-Control-Allow-Credentials"] == "true"


def test_there_are_paths_and_each_has_options() -> None:
    assert len(PATHS) > 30
    assert [path for path, methods in METHODS.items() if "OPTIONS" not in methods] == []
    assert [path for path, methods in METHODS.items() if "GET" in methods and "HEAD" not in methods] == []


async def test_options_lists_the_methods_of_each_path(warm_service: Service) -> None:
    for path, headers in product(PATHS, ({}, {"Origin": OTHERS, **PREFLIGHT})):
        answer = await warm_service.ask("OPTIONS", path, headers=headers)
        assert (answer.status, answer.body) == (204, b""), path
        assert set(answer.headers["Allow"].split(", ")) == PATHS[path], path
        assert [name for name in answer.headers if name.startswith("Access-Control")] == [], path


async def test_a_405_lists_the_same_methods(warm_service: Service) -> None:
    answer = await warm_service.ask("PUT", CONVERT)
    assert is_problem(answer, 405)
    assert set(answer.headers["Allow"].split(",")) == PATHS[CONVERT]


async def test_each_path_answers_a_preflight(permissive: Service) -> None:
    for path, methods in PATHS.items():
        answer = await permissive.ask("OPTIONS", path, headers={"Origin": OURS, **PREFLIGHT})
        assert (answer.status, answer.body) == (204, b""), path
        assert is_permitted(answer), path
        assert set(answer.headers["Access-Control-Allow-Methods"].split(", ")) == methods, path
        assert answer.headers["Access-Control-Allow-Headers"] == "content-type,x-api-key", path
        assert int(answer.headers["Access-Control-Max-Age"]) > 0, path


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", CONVERT, document(), 200),
        ("POST", "/api/convert", document(), 200),
        ("POST", CONVERT, b"{", 400),
        ("POST", CONVERT, document(amount="-1"), 422),
        ("GET", TRX, None, 200),
        ("GET", f"{TRX}&format=csv", None, 200),
        ("GET", "/api/v1/pairs", None, 200),
        ("GET", "/nowhere", None, 404),
        ("PUT", CONVERT, None, 405),
        ("GET", "/api/v1/api-keys", None, 401),
        ("GET", "/openapi.json", None, 200),
        ("GET", "/health/live", None, 200),
    ],
)
async def test_every_answer_may_be_read(
    permissive: Service, method: str, path: str, body: bytes | None, status: int
) -> None:
    answer = await permissive.ask(method, path, data=body, headers={"Origin": OURS, **(JSON if body else {})})
    assert answer.status == status
    assert is_permitted(answer)
    exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
    assert {"ETag", "Retry-After", "RateLimit", "RateLimit-Policy", "X-Request-ID", "Link"} <= set(exposed)


async def test_an_unchanged_answer_may_be_read_too(permissive: Service) -> None:
    tag = (await permissive.ask("GET", "/api/v1/pairs")).headers["ETag"]
    answer = await permissive.ask("GET", "/api/v1/pairs", headers={"Origin": OURS, "If-None-Match": tag})
    assert answer.status == 304
    assert is_permitted(answer)
    if answer.headers[PERMISSION] != "*":
        assert answer.headers["Vary"] == "Accept, Authorization, Cookie, X-API-Key, Origin"


@pytest.mark.parametrize("origin", [OTHERS, "null", "https://app.example.evil.example", "HTTPS://APP.EXAMPLE", ""])
async def test_other_origins_may_read_only_what_all_may(permissive: Service, origin: str) -> None:
    for method, headers in (("POST", JSON), ("OPTIONS", PREFLIGHT)):
        answer = await permissive.ask(method, CONVERT, data=document(), headers={"Origin": origin, **headers})
        assert answer.headers.get(PERMISSION) in {None, "*"}
        assert "Access-Control-Allow-Credentials" not in answer.headers


async def test_an_answer_with_permission_is_otherwise_the_same(permissive: Service) -> None:
    with_origin = await permissive.ask("POST", CONVERT, data=document(), headers={"Origin": OURS, **JSON})
    without = await permissive.ask("POST", CONVERT, data=document(), headers=JSON)
    fields = ("Content-Type", "Cache-Control", "Server", "X-Content-Type-Options", "Content-Length")
    assert [with_origin.headers[name] for name in fields] == [without.headers[name] for name in fields]
    assert with_origin.json["rate"] == without.json["rate"]


async def test_without_the_setting_no_answer_speaks_of_origins(warm_service: Service) -> None:
    answer = await warm_service.ask("POST", CONVERT, data=document(), headers={"Origin": OURS, **JSON})
    assert answer.status == 200
    assert [name for name in answer.headers if name.startswith("Access-Control") or name == "Vary"] == []


VARYING = {"Date", "X-Request-ID", "RateLimit"}
MOVING = {"/metrics", "/health/ready", "/api/v1/exchanges", "/api/exchanges"}  # from one moment to the next


async def test_head_answers_as_get_does_without_the_body(warm_service: Service) -> None:
    readable = [path for path, methods in PATHS.items() if "GET" in methods]
    for path in [*readable, TRX, f"{TRX}&format=csv", "/problems/none"]:
        got, head = await warm_service.ask("GET", path), await warm_service.ask("HEAD", path)
        assert (head.status, head.body) == (got.status, b""), path
        assert head.headers.keys() == got.headers.keys(), path
        if path not in MOVING:
            same = {name: value for name, value in got.headers.items() if name not in VARYING}
            assert {name: value for name, value in head.headers.items() if name not in VARYING} == same, path
