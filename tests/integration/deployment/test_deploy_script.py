"""`./deploy.sh` where a Docker says yes to everything: what it makes of `.env`."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from tests.project import ROOT

SCRIPT = ROOT / "deploy.sh"
SECRETS = {"POSTGRES_PASSWORD", "CROSSRATE_JWT_SECRET"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(SCRIPT, tmp_path)
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\necho 127.0.0.1:8080\n")
    docker.chmod(0o755)
    return tmp_path


def deployed(folder: Path) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name not in SECRETS}
    environment["PATH"] = f"{folder}:{environment['PATH']}"
    subprocess.run([folder / "deploy.sh"], env=environment, check=True, capture_output=True)  # noqa: S603 -- ours
    lines = (folder / ".env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_secrets_are_made_once_and_are_for_the_owner_alone(folder: Path) -> None:
    made = deployed(folder)
    assert made.keys() == SECRETS
    assert all(len(secret) == 64 for secret in made.values())
    assert stat.S_IMODE((folder / ".env").stat().st_mode) == 0o600
    assert deployed(folder) == made


@pytest.mark.parametrize("end", ["", "\n"])
def test_what_is_there_stays_whether_or_not_its_last_line_is_ended(folder: Path, end: str) -> None:
    (folder / ".env").write_text(f"POSTGRES_PASSWORD=mine\nCROSSRATE_PORT=8085{end}")
    made = deployed(folder)
    assert made.keys() == {*SECRETS, "CROSSRATE_PORT"}
    assert (made["POSTGRES_PASSWORD"], made["CROSSRATE_PORT"]) == ("mine", "8085")
