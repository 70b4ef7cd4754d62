"""What the compose file promises, as compose itself reads it."""

import json
import os
import subprocess
from typing import Any

import pytest

from tests.integration.deployment.compose import DOCKER, needs_compose
from tests.project import ROOT

pytestmark = needs_compose

ALWAYS = {"api", "worker", "scheduler", "redis", "postgres"}


@pytest.fixture(scope="module")
def stack() -> dict[str, Any]:
    return read("docker-compose.yml:docker-compose.simulate.yml", "beside")


def read(files: str, project: str) -> dict[str, Any]:
    variables = {"COMPOSE_FILE": files, "COMPOSE_PROJECT_NAME": project, "COMPOSE_PROFILES": "edge,observability"}
    secrets = {"POSTGRES_PASSWORD": "any", "CROSSRATE_JWT_SECRET": "any"}
    command = [DOCKER, "compose", "config", "--format", "json"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | variables | secrets, capture_output=True, check=True)  # noqa: S603 -- found on the PATH
    parsed: dict[str, Any] = json.loads(done.stdout)
    return parsed


def test_no_network_address_is_fixed_so_that_none_can_be_taken(stack: dict[str, Any]) -> None:
    assert stack["networks"] == {"default": {"name": "beside_default", "ipam": {}}}
    for name, service in stack["services"].items():
        assert not {"ipv4_address", "ipv6_address"} & set(service["networks"]["default"] or {}), name


def test_nothing_of_two_stacks_has_the_same_name(stack: dict[str, Any]) -> None:
    names = [each["name"] for kind in ("networks", "volumes") for each in stack[kind].values()]
    assert all(name.startswith("beside_") for name in names)
    assert not [name for name, service in stack["services"].items() if "container_name" in service]


def test_every_published_port_can_be_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    ports = {"CROSSRATE_PORT": "1", "EDGE_PORT": "2", "PROMETHEUS_PORT": "3", "GRAFANA_PORT": "4"}
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
    assert users == {"api-2", "worker", "scheduler", "exchanges"}
    assert all(services[name]["pull_policy"] == "never" for name in users)


def test_the_apis_trust_the_edge_by_the_name_that_it_has(stack: dict[str, Any]) -> None:
    [alias] = stack["services"]["edge"]["networks"]["default"]["aliases"]
    for api in ("api", "api-2"):
        # The dot keeps a search domain from answering for it.
        assert stack["services"][api]["environment"]["CROSSRATE_TRUSTED_PROXIES"] == f"{alias}."


@pytest.mark.parametrize(
    "file",
    ["crossrate.dump", "data.backup/crossrate.db", ".env", ".env.bak", ".env~", "data/crossrate.db", "jwt-secret"],
)
def test_what_backups_and_secrets_are_written_to_stays_out_of_git_and_of_the_image(file: str) -> None:
    ignored = subprocess.run(["git", "check-ignore", "--quiet", file], cwd=ROOT, check=False)  # noqa: S603, S607 -- ours
    assert ignored.returncode == 0
    kept = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert kept[0] == "*"
    assert file not in {line.removeprefix("!") for line in kept[1:]}
