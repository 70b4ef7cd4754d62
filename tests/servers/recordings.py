"""Recorded payloads of the real exchanges, for tests that use them if there are any."""

import os
from pathlib import Path

FOLDER_VARIABLE = "CROSSRATE_RECORDED_DATA"


class NoSuchFolderError(Exception):
    """The environment names a folder that does not exist. Ignoring that would skip the recordings silently."""


def recorded_data() -> Path | None:
    """Return the folder that the environment names. Raises `NoSuchFolderError` if it does not exist."""
    named = os.environ.get(FOLDER_VARIABLE)
    if not named:
        return None
    if not Path(named).is_dir():
        raise NoSuchFolderError(f"{FOLDER_VARIABLE}={named} is not a folder")
    return Path(named)


def describe_recordings() -> str:
    """Describe the recordings for the header of a test run."""
    return f"recorded payloads: {recorded_data() or 'none; the generated market replaces them'}"
