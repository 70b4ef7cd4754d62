"""What the compose file promises, as compose itself reads it."""

import json
import os
import re
import subprocess
from typing import Any

import pytest

from tests.integration.deployment.compose import COMPOSE, needs_compose
from tests.project import ROOT

pytestmark = needs_compose

ALWAYS = {"api", "worker", "scheduler", "migrate", "redis", "postgres"}


@pytest.fixture(scope="module")
def stack() -> dict[str, Any]:
    return read("docker-compose.yml:docker-compose.simulate.yml", "beside")


def read(files: str, project: str) -> dict[str, Any]:
    variables = {"COMPOSE_FILE": files, "COMPOSE_PROJECT_NAME": project, "COMPOSE_PROFILES": "edge,observability"}
    command = [*COMPOSE, "config", "--format", "json"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | variables, capture_output=True, check=True)  # noqa: S603 -- found on the PATH
    parsed: dict[str, Any] = json.loads(done.stdout)
    return parsed


def test_no_network_address_is_fixed_so_that_none_can_be_taken(stack: dict[str, Any]) -> None:
    assert {network["name"]: network["ipam"] for network in stack["networks"].values()} == {
        "beside_edge": {},
        "beside_inside": {},
        "beside_outside": {},
    }
    for name, service in stack["services"].items():
        for network in service["networks"].values():
            assert not {"ipv4_address", "ipv6_address"} & set(network or {}), name


def test_the_edge_reaches_the_apis_alone_and_what_keeps_data_reaches_nothing_outside(stack: dict[str, Any]) -> None:
    members: dict[str, set[str]] = {}
    for name, service in stack["services"].items():
        for network in service["networks"]:
            members.setdefault(network, set()).add(name)
    assert members["edge"] == {"edge", "api", "api-2"}
    assert {"redis", "postgres", "migrate", "scheduler"} <= members["inside"] - members["edge"] - members["outside"]
    assert "worker" in members["outside"]
    assert [name for name, network in stack["networks"].items() if network.get("internal")] == ["inside"]


def test_neither_redis_nor_postgres_is_published_and_only_the_edge_to_other_machines(stack: dict[str, Any]) -> None:
    published = {
        (name, port.get("host_ip")) for name, service in stack["services"].items() for port in service.get("ports", ())
    }
    assert published == {
        ("api", "127.0.0.1"),
        ("prometheus", "127.0.0.1"),
        ("grafana", "127.0.0.1"),
        ("edge", None),  # both ports
    }


def test_every_container_is_confined(stack: dict[str, Any]) -> None:
    for name, service in stack["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["pids_limit"] == 200, name
        assert 0 < int(service["mem_limit"]) <= 2**30, name
        assert 0 < service["cpus"] <= 1, f"{name}: more than this machine may have"
    assert {name for name, service in stack["services"].items() if service.get("cap_add")} == {"postgres", "edge"}


def test_each_container_has_the_secrets_that_it_needs_and_no_variable_holds_one(stack: dict[str, Any]) -> None:
    has = {
        name: {each["source"] for each in service["secrets"]}
        for name, service in stack["services"].items()
        if service.get("secrets")
    }
    service = {"redis-password", "database-password", "cache-secret"}
    assert has == {
        "api": service | {"jwt-secret", "webhook-secret"},
        "api-2": service | {"jwt-secret", "webhook-secret"},
        "worker": service | {"webhook-secret"},
        "scheduler": service,
        "migrate": {"database-owner-password", "database-password"},
        "postgres": {"database-owner-password"},
        "redis": {"redis-password"},
    }
    for name in ("api", "api-2", "worker", "scheduler", "migrate"):
        environment = stack["services"][name]["environment"]
        # Set to nothing, so that a secret in .env does not get into the environment.
        for variable in ("POSTGRES_PASSWORD", "CROSSRATE_JWT_SECRET", "CROSSRATE_DATABASE_PASSWORD"):
            assert environment[variable] == "", name
        assert environment["CROSSRATE_REDIS_PASSWORD"] == "", name


def test_only_the_container_that_migrates_connects_as_the_owner(stack: dict[str, Any]) -> None:
    users = {
        name: service["environment"]["CROSSRATE_DATABASE_USER"]
        for name, service in stack["services"].items()
        if "CROSSRATE_DATABASE_USER" in service.get("environment", {})
    }
    owner = stack["services"]["postgres"]["environment"]["POSTGRES_USER"]
    assert [name for name, user in users.items() if user == owner] == ["migrate"]
    assert users.keys() == {"api", "api-2", "worker", "scheduler", "migrate"}
    for name in users.keys() - {"migrate"}:
        assert stack["services"][name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


def test_nothing_of_two_stacks_has_the_same_name(stack: dict[str, Any]) -> None:
    names = [each["name"] for kind in ("networks", "volumes") for each in stack[kind].values()]
    assert all(name.startswith("beside_") for name in names)
    assert not [name for name, service in stack["services"].items() if "container_name" in service]


def test_every_published_port_can_be_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    ports = {"CROSSRATE_PORT": "1", "EDGE_PORT": "2", "EDGE_TLS_PORT": "5", "PROMETHEUS_PORT": "3", "GRAFANA_PORT": "4"}
    for name, port in ports.items():
        monkeypatch.setenv(name, port)
    services = read("docker-compose.yml", "beside")["services"].values()
    published = [port["published"] for service in services for port in service.get("ports", ())]
    assert sorted(published) == sorted(ports.values())


def test_the_logs_of_every_container_are_bounded(stack: dict[str, Any]) -> None:
    assert set(stack["services"]) > ALWAYS
    for name, service in stack["services"].items():
        assert service["logging"] == {"driver": "json-file", "options": {"max-size": "10m", "max-file": "5"}}, name


def test_one_image_is_built_and_no_registry_is_asked_for_it(stack: dict[str, Any]) -> None:
    services = stack["services"]
    assert [name for name, service in services.items() if "build" in service] == ["api"]
    users = {name for name, service in services.items() if service.get("image") == "beside-api"}
    assert users == {"api-2", "worker", "scheduler", "migrate", "exchanges"}
    assert all(services[name]["pull_policy"] == "never" for name in users)


def test_every_other_image_is_pinned_by_digest_beside_its_tag(stack: dict[str, Any]) -> None:
    images = {name: service["image"] for name, service in stack["services"].items() if "image" in service}
    others = {name: image for name, image in images.items() if image != "beside-api"}
    assert others.keys() >= {"redis", "postgres", "edge", "prometheus", "grafana"}
    for name, image in others.items():
        assert re.fullmatch(r"[a-z/]+:[\w.-]+@sha256:[0-9a-f]{64}", image), name
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert set(re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)) == {"${PYTHON_IMAGE}", "build"}
    assert re.search(r"^ARG PYTHON_IMAGE=python:3\.11-[\w.-]+@sha256:[0-9a-f]{64}$", dockerfile, re.MULTILINE)


def test_the_apis_trust_the_edge_by_the_name_that_it_has(stack: dict[str, Any]) -> None:
    [alias] = stack["services"]["edge"]["networks"]["edge"]["aliases"]
    for api in ("api", "api-2"):
        # The dot keeps a search domain from answering for it.
        assert stack["services"][api]["environment"]["CROSSRATE_TRUSTED_PROXIES"] == f"{alias}."


@pytest.mark.parametrize(
    "file",
    [
        "crossrate.dump",
        "data.backup/crossrate.db",
        ".env",
        ".env.bak",
        ".env~",
        "data/crossrate.db",
        "jwt-secret",
        "secrets/jwt-secret",
    ],
)
def test_what_backups_and_secrets_are_written_to_stays_out_of_git_and_of_the_image(file: str) -> None:
    ignored = subprocess.run(["git", "check-ignore", "--quiet", file], cwd=ROOT, check=False)  # noqa: S603, S607 -- ours
    assert ignored.returncode == 0
    kept = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert kept[0] == "*"
    assert file not in {line.removeprefix("!") for line in kept[1:]}
