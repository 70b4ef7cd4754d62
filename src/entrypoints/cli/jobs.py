"""`crossrate worker` and `crossrate scheduler`."""

from collections.abc import Callable

from entrypoints.cli.output import REFUSED, UNAVAILABLE, stop, usable_settings
from entrypoints.logging import configure_logging
from entrypoints.settings.settings import Settings


def worker() -> None:
    """Run the background jobs that schedulers enqueue in CROSSRATE_REDIS_URL, such as recording quotes."""
    from entrypoints.worker.processes import run_worker  # noqa: PLC0415 -- its libraries are slow to import

    _run(run_worker)


def scheduler() -> None:
    """Enqueue background jobs for workers when they are due. More than one scheduler does no harm."""
    from entrypoints.worker.processes import run_scheduler  # noqa: PLC0415 -- its libraries are slow to import

    _run(run_scheduler)


def _run(process: Callable[[Settings], None]) -> None:
    settings = usable_settings()
    if settings.redis_url is None:
        stop("CROSSRATE_REDIS_URL is not set: without Redis, `crossrate serve` runs the jobs itself.", REFUSED)
    configure_logging(settings.log_level, settings.log_format)
    try:
        process(settings)
    except OSError as error:
        stop(f"Cannot listen on {settings.host}:{settings.jobs_port}: {error.strerror or error}", UNAVAILABLE)
