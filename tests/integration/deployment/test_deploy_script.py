"""`./deploy.sh` with a fake docker command, whose calls succeed or fail as each test sets."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from tests.integration.deployment.compose import needs_compose, write_docker
from tests.project import ROOT

SCRIPT = ROOT / "deploy.sh"
FORMER = {"POSTGRES_PASSWORD", "CROSSRATE_JWT_SECRET"}
SECRETS = {
    *("cache-secret", "database-owner-password", "database-password", "jwt-secret", "redis-password", "webhook-secret")
}
NOBODY = 65534


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(SCRIPT, tmp_path)
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)
    write_docker(tmp_path)
    return tmp_path


def deployed(folder: Path) -> dict[str, str]:
    """Run the script; return the secrets."""
    environment = {name: value for name, value in os.environ.items() if name not in FORMER}
    environment["PATH"] = f"{folder}:{environment['PATH']}"
    subprocess.run([folder / "deploy.sh"], env=environment, check=True, capture_output=True)  # noqa: S603 -- ours
    return {file.name: file.read_text() for file in (folder / "secrets").iterdir() if file.is_file()}


@needs_compose
def test_secrets_are_created_once(folder: Path) -> None:
    made = deployed(folder)
    assert made.keys() == SECRETS
    assert {len(secret) for secret in made.values()} == {64}
    assert len(set(made.values())) == len(SECRETS)
    assert deployed(folder) == made
    assert not (folder / ".env").exists()


@needs_compose
def test_containers_may_read_the_secrets_in_a_folder_that_only_the_owner_enters(folder: Path) -> None:
    deployed(folder)
    assert stat.S_IMODE((folder / "secrets").stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in (folder / "secrets").iterdir() if file.is_file()} == {0o444}


@needs_compose
def test_containers_may_read_what_an_operator_adds(folder: Path) -> None:
    deployed(folder)
    for name in ("edge/key.pem", "settings/alphavantage"):
        (folder / "secrets" / name).touch(mode=0o600)
    deployed(folder)
    for name in ("edge/key.pem", "settings/alphavantage"):
        file = folder / "secrets" / name
        assert (stat.S_IMODE(file.stat().st_mode), stat.S_IMODE(file.parent.stat().st_mode)) == (0o644, 0o755)
    assert stat.S_IMODE((folder / "secrets").stat().st_mode) == 0o700


@needs_compose
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become somebody else")
def test_nobody_else_on_the_machine_reads_the_secrets(folder: Path) -> None:
    deployed(folder)
    for parent in (folder, *folder.parents):
        if "/pytest-of-" in str(parent):
            parent.chmod(0o755)
    read = ["cat", str(folder / "secrets/jwt-secret")]
    assert subprocess.run(["stat", str(folder)], user=NOBODY, capture_output=True, check=False).returncode == 0  # noqa: S603, S607
    refused = subprocess.run(read, user=NOBODY, capture_output=True, text=True, check=False)  # noqa: S603
    assert (refused.stdout, "Permission denied" in refused.stderr) == ("", True)


@needs_compose
@pytest.mark.parametrize("end", ["", "\n"])
def test_the_secrets_of_an_earlier_version_are_kept_and_dotenv_stays_as_it_is(folder: Path, end: str) -> None:
    text = f"POSTGRES_PASSWORD=mine\nCROSSRATE_PORT=8085{end}"
    (folder / ".env").write_text(text)
    assert deployed(folder)["database-owner-password"] == "mine"
    assert (folder / ".env").read_text() == text
    assert stat.S_IMODE((folder / ".env").stat().st_mode) == 0o600


FAKE = """#!/bin/sh
echo "$*" >>{folder}/calls
case "$*" in
  "compose version"*) echo {version} ;;
  "compose config"*) echo "name: crossrate" ;;
  "volume inspect"*) exit 1 ;;
  "image inspect"*) {image} ;;
  "compose --project-directory"*) ! grep -q '_IMAGE:?' ;;
  "compose up"*) {up} ;;
  "compose ps --quiet") printf '%s' '{running}' ;;
  "compose exec"*) {convert} ;;
  "compose port"*) echo 127.0.0.1:8080 ;;
esac
"""
PORT_TAKEN = "Error response from daemon: driver failed: Bind for 127.0.0.1:8080 failed: port is already allocated"
NO_IMAGE = "Error response from daemon: manifest for redis:8-alpine not found: manifest unknown"


def ended(
    folder: Path,
    *,
    up: str = ":",
    running: str = "",
    convert: str = "echo binance",
    version: str = "2.40.3",
    image: str = "exit 1",
) -> tuple[subprocess.CompletedProcess[str], str]:
    """Run the script with a fake docker that answers like this; return its result and the calls to docker."""
    fake = FAKE.format(folder=folder, up=up, running=running, convert=convert, version=version, image=image)
    (folder / "docker").write_text(fake)
    environment = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"}
    done = subprocess.run(  # noqa: S603 -- ours
        [folder / "deploy.sh"], env=environment, capture_output=True, text=True, check=False
    )
    return done, (folder / "calls").read_text()


@pytest.mark.parametrize("cause", [PORT_TAKEN, NO_IMAGE])
def test_a_start_that_fails_ends_with_its_cause_and_leaves_nothing(folder: Path, cause: str) -> None:
    done, calls = ended(folder, up=f"echo Container api Started >&2; echo '{cause}' >&2; echo done; exit 1")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"Could not start: {cause}")
    assert "compose down" in calls.splitlines()
    assert "healthy" not in done.stdout


def test_a_failed_upgrade_leaves_the_running_stack_alone(folder: Path) -> None:
    done, calls = ended(folder, up=f"echo '{PORT_TAKEN}'; exit 1", running="4f5e")
    assert (done.returncode, "compose down" in calls) == (1, False)


def test_it_shows_which_exchange_answers(folder: Path) -> None:
    done, _ = ended(folder, convert="echo exchange kucoin")
    assert (done.returncode, "exchange kucoin" in done.stdout) == (0, True)


@pytest.mark.parametrize("status", [2, 3, 137])
def test_it_does_not_call_a_stack_healthy_that_cannot_convert(folder: Path, status: int) -> None:
    done, _ = ended(folder, convert=f"echo binance: no connection >&2; exit {status}")
    assert done.returncode == 1
    assert "binance: no connection" in done.stderr
    assert "no exchange answers" in done.stderr
    assert "Everything is up" not in done.stdout


@pytest.mark.parametrize("version", ["2.23.3", "v2.20.0", "1.29.2"])
def test_a_compose_that_is_too_old_is_named_in_one_line(folder: Path, version: str) -> None:
    done, calls = ended(folder, version=version)
    [line] = done.stderr.splitlines()
    assert line.startswith(f"Docker's compose plugin must be 2.24 or newer; this one is {version}")
    assert (done.returncode, "compose up" in calls) == (1, False)


@pytest.mark.parametrize("version", ["2.24.0", "v2.24.0-desktop.1", "2.40.3", "3.0.1", "5.1.0", "dev"])
def test_a_compose_that_is_new_enough_is_used(folder: Path, version: str) -> None:
    assert ended(folder, version=version)[0].returncode == 0


def test_an_upgrade_removes_the_image_that_it_replaces(folder: Path) -> None:
    _, calls = ended(folder)
    assert "image prune --force --filter label=com.docker.compose.project=crossrate" in calls.splitlines()


@pytest.mark.parametrize(("digests", "is_used"), [("0", True), ("1", False), ("", False)])
def test_an_image_that_this_machine_made_is_used_and_said(folder: Path, digests: str, is_used: bool) -> None:
    shutil.copy(ROOT / "Dockerfile", folder)
    image = f"echo {digests}" if digests else "exit 1"
    done, _ = ended(folder, image=image, up="env | grep _IMAGE= >images || :")
    assert done.returncode == 0, done.stderr
    used = set((folder / "images").read_text().splitlines())
    tags = {"POSTGRES_IMAGE=postgres:17-alpine", "PYTHON_IMAGE=python:3.11-slim-bookworm"} if is_used else set()
    assert used >= tags
    assert bool(used) == is_used == ("using this machine's own redis:8-alpine" in done.stdout)


def test_a_failure_without_output_is_still_reported(folder: Path) -> None:
    done, calls = ended(folder, up="exit 1")
    assert done.stderr.splitlines()[-1] == "Could not start: docker compose up failed"
    assert "compose down" in calls.splitlines()
