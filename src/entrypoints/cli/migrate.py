"""`crossrate migrate`."""

import asyncio

from domain.errors import DatabaseUnavailable
from entrypoints.cli.output import UNAVAILABLE, stop, usable_settings
from entrypoints.logging import configure_logging
from entrypoints.wiring.running import migrate_database


def migrate() -> None:
    """Create the database's tables, or upgrade them; do nothing if they are up to date.

    Exit status: 0 up to date, 2 refused settings, 3 database unavailable.
    """
    settings = usable_settings()
    configure_logging(settings.log_level, settings.log_format)
    try:
        asyncio.run(migrate_database(settings))
    except DatabaseUnavailable as error:
        stop(f"Cannot migrate the database: {error}.", UNAVAILABLE)
