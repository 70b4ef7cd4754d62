"""Servers that some tests need from the system's packages, because no wheel has them."""

import shutil
from pathlib import Path

import pytest

# Each command, and the Debian package that has it.
_PACKAGES = {
    "openssl": "openssl",
    "redis-server": "redis-server",
    "redis-sentinel": "redis-sentinel",
    "pgbouncer": "pgbouncer",
    "tinyproxy": "tinyproxy",
    "nginx": "nginx-light",
    "caddy": "caddy",
    "pebble": "pebble",
    "postgres": "postgresql",
}


def packaged(command: str) -> Path:
    """Return the command's path. If it is not installed, skip the test and name the package."""
    found = _found(command)
    if found is None:
        pytest.skip(f"needs Debian's package {_PACKAGES[command]}")
    return found


def describe_packages() -> str:
    """Describe for the header of a test run what is missing."""
    missing = sorted({package for command, package in _PACKAGES.items() if _found(command) is None})
    return f"packages: {'none missing' if not missing else 'tests are skipped that need ' + ', '.join(missing)}"


def _found(command: str) -> Path | None:
    if command == "postgres":  # the wheel's speaks no TLS
        return next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), reverse=True)), None)
    # Servers are in folders that not every user has on the PATH.
    found = shutil.which(command) or shutil.which(command, path="/usr/sbin:/usr/local/sbin")
    return None if found is None else Path(found)
