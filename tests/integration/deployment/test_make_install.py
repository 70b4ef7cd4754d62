"""`make install` explains itself where it fails, and its locks suit old versions of pip."""

import re
import shutil
import subprocess
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.project import ROOT

LOCKED = re.compile(r"^([a-z0-9._-]+)(?:\[([a-z0-9._,-]+)\])?==", re.MULTILINE)


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-build.lock", "requirements-dev.lock"])
def test_a_lock_pins_each_extra_that_a_locked_package_requires(lock: str) -> None:
    locked = {name: set((extras or "").split(",")) for name, extras in LOCKED.findall((ROOT / lock).read_text())}
    for distribution in distributions():
        if canonicalize_name(distribution.name) not in locked:
            continue
        for requirement in map(Requirement, distribution.requires or ()):
            if requirement.extras and (requirement.marker is None or requirement.marker.evaluate({"extra": ""})):
                assert requirement.extras <= locked[canonicalize_name(requirement.name)], distribution.name


def test_what_builds_the_package_is_locked_and_nothing_is_fetched_beside_the_locks() -> None:
    locked = {name for name, _ in LOCKED.findall((ROOT / "requirements-build.lock").read_text())}
    required = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    assert {canonicalize_name(Requirement(each).name) for each in required} <= locked
    assert "editables" in locked  # which an editable installation needs too
    for file in ("Makefile", "Dockerfile"):
        text = (ROOT / file).read_text().replace("\\\n", " ")
        installs = re.findall(r"(?:pip (?:install|wheel)|\$\(call install,)[^\n&]*", text)
        ours = [each for each in installs if re.search(r"[ ,](?:\.|--editable \.|/build/wheels/\S+)\)?\s*$", each)]
        assert ours, file
        for each in ours:
            assert "--no-build-isolation" in each or "--no-index" in each, each
            assert "--no-deps" in each, each


def test_a_python_that_is_too_old_is_named_in_one_line(tmp_path: Path) -> None:
    _command(tmp_path / "python3", '[ "$1" = --version ] && echo Python 3.10.12 || exit 1')
    failed = _make_install(tmp_path)
    assert failed.returncode != 0
    assert "Crossrate needs Python 3.11 or newer; python3 is Python 3.10.12." in failed.stderr
    assert "not found" not in failed.stderr


def test_a_missing_python_is_reported(tmp_path: Path) -> None:
    assert "python3 is missing. Install one, or name it" in _make_install(tmp_path).stderr


def test_a_failed_installation_shows_the_reasons_of_uv_and_of_pip(tmp_path: Path) -> None:
    _command(tmp_path / "uv", "echo invalid peer certificate: UnknownIssuer >&2; exit 2")
    _command(tmp_path / "made", 'case "$*" in *requirements*) echo the index does not answer >&2; exit 1;; esac')
    _command(
        tmp_path / "python3", f'case "$*" in *venv*) mkdir -p .venv/bin && cp {tmp_path}/made .venv/bin/python;; esac'
    )
    failed = _make_install(tmp_path)
    assert failed.returncode != 0
    lines = failed.stderr.splitlines()
    assert lines[:3] == [
        "invalid peer certificate: UnknownIssuer",
        "uv could not install; trying pip",
        "the index does not answer",
    ]


def test_an_environment_that_a_killed_run_left_without_pip_is_created_anew(tmp_path: Path) -> None:
    _command(tmp_path / "uv", "exit 0")
    _command(tmp_path / "made", "exit 0")
    _command(
        tmp_path / "python3", f'case "$*" in *venv*) mkdir -p .venv/bin && cp {tmp_path}/made .venv/bin/python;; esac'
    )
    (tmp_path / ".venv/bin").mkdir(parents=True)
    _command(tmp_path / ".venv/bin/python", "echo No module named pip >&2; exit 1")
    installed = _make_install(tmp_path)
    assert installed.returncode == 0, installed.stderr
    assert "No module named pip" not in installed.stderr


def _command(file: Path, script: str) -> None:
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def _make_install(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run it in `folder` like in a fresh checkout, with the commands in it and the few that make needs itself."""
    for name in ("Makefile", "pyproject.toml", "requirements.lock", "requirements-build.lock", "requirements-dev.lock"):
        shutil.copy(ROOT / name, folder)
    (folder / "clients/python").mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "clients/python/pyproject.toml", folder / "clients/python")
    for name in ("sh", "rm", "mkdir", "cp", "touch"):
        (folder / name).symlink_to(str(shutil.which(name)))
    return subprocess.run(  # noqa: S603 -- our own Makefile
        [str(shutil.which("make")), "install"],
        cwd=folder,
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
