"""`./deploy.sh` on a real engine where it cannot start names the cause in one line and leaves nothing."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.deployment.compose import DOCKER, has_engine
from tests.project import ROOT

pytestmark = pytest.mark.skipif(not has_engine("redis:8-alpine"), reason="needs a Docker engine with redis:8-alpine")

PROJECT = f"crossrate-failing-{os.getpid()}"
STACK = """
name: crossrate
services:
  redis: {{ image: "redis:8-alpine" }}
  api: {{ {api} }}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    shutil.copy(ROOT / "deploy.sh", tmp_path)
    yield tmp_path
    ran(tmp_path, DOCKER, "compose", "down", "--volumes")


def ran(folder: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"COMPOSE_PROJECT_NAME": PROJECT} | variables
    return subprocess.run(  # noqa: S603 -- ours
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=90
    )


def deployed(folder: Path, api: str, **variables: str) -> str:
    """Return the last line of a deployment that fails and leaves no container."""
    (folder / "docker-compose.yml").write_text(STACK.format(api=api))
    done = ran(folder, "./deploy.sh", **variables)
    assert done.returncode == 1, done.stdout
    assert "healthy" not in done.stderr
    for objects in (("ps", "--all"), ("network", "ls")):
        left = ran(folder, DOCKER, *objects, "--quiet", "--filter", f"label=com.docker.compose.project={PROJECT}")
        assert left.stdout == ""
    return done.stderr.splitlines()[-1]


def test_a_port_in_use_is_named(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        message = deployed(folder, f'image: "redis:8-alpine", ports: ["127.0.0.1:{port}:6379"]')
    assert message.startswith("Could not start: ")
    assert f"127.0.0.1:{port}" in message
    assert "address already in use. Choose another in .env: CROSSRATE_PORT" in message


def test_a_missing_image_is_named(folder: Path) -> None:
    message = deployed(folder, 'image: "crossrate-nowhere:1", pull_policy: never')
    assert message.startswith("Could not start: ")
    assert "crossrate-nowhere:1" in message


def test_an_image_that_cannot_be_built_says_what_failed(folder: Path) -> None:
    (folder / "Dockerfile").write_text(
        "FROM redis:8-alpine\nRUN printf 'ERROR: No %s found for aiohttp\\n' 'matching distribution' >&2; exit 1\n"
    )
    assert deployed(folder, "build: .") == "Could not start: ERROR: No matching distribution found for aiohttp"


def test_a_full_disk_is_named(folder: Path) -> None:
    message = deployed(
        folder,
        'image: "redis:8-alpine", tmpfs: ["/full:size=64k"], command: [sh, -c, "head -c 1M /dev/zero >/full/data"]',
    )
    assert message.endswith("No space left on device")


def test_a_container_that_ends_says_why_itself(folder: Path) -> None:
    message = deployed(
        folder, """image: "redis:8-alpine", command: [sh, -c, "echo 'CROSSRATE_PORT: must be a number' >&2; exit 2"]"""
    )
    assert message == f"Could not start: container {PROJECT}-api-1 exited (2): CROSSRATE_PORT: must be a number"


def test_tables_that_cannot_be_migrated_say_why(folder: Path) -> None:
    message = deployed(
        folder,
        """image: "redis:8-alpine", depends_on: {migrate: {condition: service_completed_successfully}}}
  migrate: {image: "redis:8-alpine", command: [sh, -c, "echo 'Cannot migrate: disk full.' >&2; exit 3"]""",
    )
    assert message.startswith("Could not start: ")
    assert message.endswith("Cannot migrate: disk full.")


def test_an_engine_that_does_not_run_is_named(folder: Path) -> None:
    message = deployed(folder, 'image: "redis:8-alpine"', DOCKER_HOST=f"unix://{folder}/none.sock")
    assert message.startswith("The Docker engine does not answer: ")
    assert "none.sock" in message
