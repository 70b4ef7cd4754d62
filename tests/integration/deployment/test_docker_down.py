"""Stopping the stack keeps its data; only a deliberate answer deletes it."""

import shutil
import subprocess
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parents[3] / "Makefile"


def made(folder: Path, *arguments: str, answer: str = "") -> tuple[int, str]:
    """Run make with a docker that writes down what it is told; return the status and that."""
    shutil.copy(MAKEFILE, folder)
    docker = folder / "docker"
    docker.write_text(f'#!/bin/sh\necho "$@" >>{folder}/told\n')
    docker.chmod(0o755)
    ended = subprocess.run(  # noqa: S603 -- our own Makefile
        [str(shutil.which("make")), *arguments],
        cwd=folder,
        env={"PATH": f"{folder}:/usr/bin:/bin"},
        input=answer,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    told = folder / "told"
    return ended.returncode, told.read_text() if told.exists() else ""


def test_docker_down_keeps_volumes_and_image(tmp_path: Path) -> None:
    status, told = made(tmp_path, "docker.down")
    assert status == 0
    assert " down" in told
    assert not {"--volumes", "-v", "--rmi"} & set(told.split())


@pytest.mark.parametrize("answer", ["", "\n", "no\n", "y\n", "yes\n", "Delete\n"])
def test_docker_purge_deletes_nothing_without_the_word(tmp_path: Path, answer: str) -> None:
    status, told = made(tmp_path, "docker.purge", answer=answer)
    assert status != 0
    assert told == ""


@pytest.mark.parametrize(("arguments", "answer"), [((), "delete\n"), (("YES=1",), "")])
def test_docker_purge_deletes_when_told_to(tmp_path: Path, arguments: tuple[str, ...], answer: str) -> None:
    status, told = made(tmp_path, "docker.purge", *arguments, answer=answer)
    assert status == 0
    assert "--volumes" in told.split()
