"""The role that the service connects as, where the migrations run as another one. This module imports nothing heavy."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ApplicationRole:
    """A role of Postgres. Without a password, it must exist, and keeps the one that it has."""

    name: str
    password: str | None = field(repr=False)
