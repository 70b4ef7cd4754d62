"""How commands read their settings. Slow to import, so commands import it only when they run."""

from collections.abc import Callable
from typing import TypeVar

from entrypoints.cli.output import REFUSED, UNAVAILABLE, stop
from entrypoints.settings.settings import Settings, load_settings

T = TypeVar("T")


def usable_settings(**given: str | int | None) -> Settings:
    """Return the settings, or stop the command and say what is wrong with them.

    `given` are the settings of the command line by field name; None means not given.
    """
    return or_refused(lambda: load_settings(**{name: value for name, value in given.items() if value is not None}))


def require_database(settings: Settings) -> None:
    """Stop the command when the file of the embedded database does not exist.

    Only `serve` and `migrate` create it. In the wrong folder, any other command would create an empty database, find
    nothing in it, and report success.
    """
    file = settings.embedded_database_file
    if file is not None and not file.is_file():
        stop(
            f"There is no database at {file.absolute()}. Run this where the service runs, or set "
            "CROSSRATE_DATABASE_URL; `crossrate serve` and `crossrate migrate` create a new one.",
            UNAVAILABLE,
        )


def or_refused(read: Callable[[], T]) -> T:
    """Return what `read` returns. If it ends the process because of unusable settings, the status is `REFUSED`."""
    try:
        return read()
    except SystemExit as unusable:
        stop(str(unusable), REFUSED)  # its own status would be 1
