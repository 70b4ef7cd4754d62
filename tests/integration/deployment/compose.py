"""The real compose, in front of an engine that says yes to everything."""

import os
import shlex
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

import pytest

DOCKER = shutil.which("docker") or ""

# Where Docker looks for its plugins.
_PLUGIN_FOLDERS = (
    "~/.docker/cli-plugins",
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
)


def _compose() -> tuple[str, ...]:
    """Return the command that `docker compose` calls. Docker takes longer to find it than compose to answer."""
    plugins = (Path(folder, "docker-compose").expanduser() for folder in _PLUGIN_FOLDERS)
    return next(((str(plugin),) for plugin in plugins if os.access(plugin, os.X_OK)), (DOCKER, "compose"))


COMPOSE = _compose()

# What needs no engine goes to the real one, but for its version, which is always the same.
_SCRIPT = """#!/bin/sh
case "$*" in
  "compose "*config*) shift && exec {compose} "$@" ;;
  *version*) echo {version} ;;
  "volume inspect"*) exit {no_volume} ;;
  *) echo 127.0.0.1:8080 ;;
esac
"""


def _answers(*arguments: str) -> bool:
    return bool(DOCKER) and subprocess.run([DOCKER, *arguments], capture_output=True, check=False).returncode == 0  # noqa: S603 -- found above


@lru_cache(maxsize=1)
def _version() -> str:
    command = [DOCKER, "compose", "version", "--short"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603 -- found above


def has_engine(image: str) -> bool:
    """Tell whether an engine runs that has the image."""
    return _answers("compose", "version") and _answers("image", "inspect", image)


needs_compose = pytest.mark.skipif(not _answers("compose", "version"), reason="docker compose is not installed")


def write_docker(folder: Path, *, has_database: bool = False) -> None:
    """Put such a `docker` into a folder."""
    docker = folder / "docker"
    docker.write_text(_SCRIPT.format(compose=shlex.join(COMPOSE), version=_version(), no_volume=int(not has_database)))
    docker.chmod(0o755)
