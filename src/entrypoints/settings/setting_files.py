"""Settings whose value is in a file, which a variable with the suffix `_FILE` names, as for secrets."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from dotenv import dotenv_values

from entrypoints.settings.group import is_service_link

SUFFIX = "_FILE"

LONGEST_BYTES = 64 * 1024


class UnusableFileError(ValueError):
    """Says which variable is wrong, and why; never what the file contains."""


def named_files(env_file: Path, settings: Iterable[str]) -> dict[str, Path]:
    """Return the file of each setting that has one. The environment counts before `.env`.

    Raises `UnusableFileError` if a setting has a value too, because either could be the one that was forgotten.
    """
    named = _named(dotenv_values(env_file, encoding="utf-8")) | _named(os.environ)
    files = {each: Path(named[f"{each}{SUFFIX}"]) for each in settings if f"{each}{SUFFIX}" in named}
    for each in files:
        if each in named:
            raise UnusableFileError(f"{each}: set it or {each}{SUFFIX}, not both")
    return files


def read_setting(name: str, file: Path) -> str:
    """Return the file's content without the newline that ends it. Raises `UnusableFileError`."""
    try:
        with file.open("rb") as opened:
            content = opened.read(LONGEST_BYTES + 1)
        text = content.decode().removesuffix("\n").removesuffix("\r")
    except OSError as error:
        raise UnusableFileError(f"{name}{SUFFIX}: {file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UnusableFileError(f"{name}{SUFFIX}: {file} is not UTF-8") from None
    if len(content) > LONGEST_BYTES:
        raise UnusableFileError(f"{name}{SUFFIX}: {file} has more than {LONGEST_BYTES} bytes")
    if not text.strip():
        raise UnusableFileError(f"{name}{SUFFIX}: {file} is empty")
    return text


def _named(variables: Mapping[str, str | None]) -> dict[str, str]:
    return {name.upper(): value for name, value in variables.items() if value and not is_service_link(value)}
