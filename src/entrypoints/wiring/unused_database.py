"""An embedded database that nobody has used stays closed: its libraries take 30 MB, and it holds nothing to work on."""

import asyncio
from contextlib import suppress

from application.concurrency.waiting import wait_until_set
from entrypoints.settings.settings import Settings

LOOK_SECONDS = 1.0


def prepare_file(settings: Settings) -> None:
    """Make the file, for the commands that look for it. Where that fails, opening the database tells why."""
    file = settings.embedded_database_file
    if file is not None:
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600)  # private, because it will hold password hashes


def is_unused(settings: Settings) -> bool:
    """Tell whether the file is there, and empty. A database server is taken for used."""
    file = settings.embedded_database_file
    try:
        return file is not None and file.stat().st_size == 0
    except OSError:
        return False


def needs_database_at_once(settings: Settings) -> bool:
    """Tell whether the service itself records something."""
    return bool(settings.tracked_pairs) or settings.records_all or settings.has_reference_rates


async def until_used(settings: Settings, stop: asyncio.Event) -> None:
    """Wait until a request, a job or a command has put something into it, or until `stop` is set."""
    while is_unused(settings) and not stop.is_set():
        await wait_until_set(stop, LOOK_SECONDS)
