"""Every setting without its secrets, and where it comes from."""

import os
import re
from dataclasses import dataclass

from pydantic import SecretStr

from entrypoints.settings.env_file import lines_of
from entrypoints.settings.group import is_service_link
from entrypoints.settings.reference import variable, written
from entrypoints.settings.setting_files import named_files
from entrypoints.settings.settings import ENV_FILE, Settings

MASK = "********"

_CREDENTIALS = re.compile(r"(?<=://).*@")
_PASSWORD_OPTION = re.compile(r"(?<=password=)[^&]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ShownSetting:
    """One setting, without secrets. `source` is `default`, `environment`, a line of `.env`, or the path of its file."""

    variable: str
    value: str
    source: str


def shown_settings(settings: Settings) -> list[ShownSetting]:
    """Return every setting in the order of the documentation."""
    lines = lines_of(ENV_FILE)
    named = {name.upper() for name, value in os.environ.items() if value and not is_service_link(value)}
    files = named_files(ENV_FILE, map(variable, Settings.model_fields))
    return [
        ShownSetting(
            variable(name),
            _shown(name, getattr(settings, name)),
            str(files[variable(name)]) if variable(name) in files else _source(variable(name), named, lines),
        )
        for name in Settings.model_fields
    ]


def without_secrets(url: str) -> str:
    """Return the URL without its user and passwords."""
    return _PASSWORD_OPTION.sub(MASK, _CREDENTIALS.sub(f"{MASK}@", url))


def _source(name: str, named: set[str], lines: dict[str, int]) -> str:
    if name in named:
        return "environment"
    return f"{ENV_FILE} line {lines[name]}" if name in lines else "default"


def _shown(name: str, value: object) -> str:
    if value is not None and isinstance(value, SecretStr) and not name.endswith("_url"):
        return MASK
    return without_secrets(written(value))
