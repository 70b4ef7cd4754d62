"""Stopping the stack keeps its data; only an explicit confirmation deletes it."""

import shutil
import subprocess
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parents[3] / "Makefile"


def made(folder: Path, *arguments: str, answer: str = "") -> tuple[int, str]:
    """Run make with a fake docker that records its arguments; return the exit status and the record."""
    shutil.copy(MAKEFILE, folder)
    docker = folder / "docker"
    docker.write_text(f'#!/bin/sh\necho "$@" >>{folder}/calls\n')
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
    calls = folder / "calls"
    return ended.returncode, calls.read_text() if calls.exists() else ""


def test_docker_down_keeps_volumes_and_image(tmp_path: Path) -> None:
    status, calls = made(tmp_path, "docker.down")
    assert status == 0
    assert " down" in calls
    assert not {"--volumes", "-v", "--rmi"} & set(calls.split())


@pytest.mark.parametrize("answer", ["", "\n", "no\n", "y\n", "yes\n", "Delete\n"])
def test_docker_purge_deletes_nothing_unless_the_answer_is_delete(tmp_path: Path, answer: str) -> None:
    status, calls = made(tmp_path, "docker.purge", answer=answer)
    assert status != 0
    assert calls == ""


@pytest.mark.parametrize(("arguments", "answer"), [((), "delete\n"), (("YES=1",), "")])
def test_docker_purge_deletes_after_the_answer_or_with_yes_set(
    tmp_path: Path, arguments: tuple[str, ...], answer: str
) -> None:
    status, calls = made(tmp_path, "docker.purge", *arguments, answer=answer)
    assert status == 0
    assert "--volumes" in calls.split()
