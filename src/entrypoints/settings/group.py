"""What the groups of settings share."""

from typing import ClassVar

from pydantic_settings import BaseSettings, SettingsConfigDict


class SettingsGroup(BaseSettings):
    """Settings that belong together, under `TITLE` in the documentation."""

    TITLE: ClassVar[str]

    model_config = SettingsConfigDict(
        env_prefix="CROSSRATE_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )


def comma_separated(value: object) -> object:
    """Split a text at its commas; anything else is returned as it is."""
    if not isinstance(value, str):
        return value
    return tuple(part for part in map(str.strip, value.split(",")) if part)
