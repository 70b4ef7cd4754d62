"""Recorded payloads of the real exchanges, for the tests that serve them where there are some."""

import os
from pathlib import Path

FOLDER_VARIABLE = "CROSSRATE_RECORDED_DATA"


class NoSuchFolderError(Exception):
    """The environment names a folder that is none: the recordings would be left out in silence."""


def recorded_data() -> Path | None:
    """Return the folder that the environment names. Raises NoSuchFolderError when it is none."""
    named = os.environ.get(FOLDER_VARIABLE)
    if not named:
        return None
    if not Path(named).is_dir():
        raise NoSuchFolderError(f"{FOLDER_VARIABLE}={named} is not a folder")
    return Path(named)


def describe_recordings() -> str:
    """Say for the head of a test run which recordings are served."""
    return f"recorded payloads: {recorded_data() or 'none, the generated market takes their place'}"
