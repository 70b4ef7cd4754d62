"""`crossrate worker` and `crossrate scheduler`."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from entrypoints.cli.output import REFUSED, UNAVAILABLE, stop
from entrypoints.cli.serve import Host

if TYPE_CHECKING:
    from entrypoints.settings.settings import Settings

Port = Annotated[
    int | None,
    typer.Option(
        metavar="PORT",
        help="Serve health and metrics on this port; overrides CROSSRATE_JOBS_PORT. 0 for none.",
        min=0,
        max=65535,
    ),
]


def worker(*, host: Host = None, port: Port = None) -> None:
    """Run background jobs, such as recording quotes.

    Takes what schedulers enqueue in Redis; needs CROSSRATE_REDIS_URL.

    Exit status: 0 stopped, 2 refused settings, 3 address taken or no database here.
    """
    _run("worker", host, port)


def scheduler(*, host: Host = None, port: Port = None) -> None:
    """Schedule background jobs for workers.

    Enqueues them in Redis when they are due; needs CROSSRATE_REDIS_URL. More than one scheduler does no harm.

    Exit status: 0 stopped, 2 refused settings, 3 address taken or no database here.
    """
    _run("scheduler", host, port)


def _run(name: Literal["worker", "scheduler"], host: str | None, port: int | None) -> None:
    # Slow to import: see main.py.
    from entrypoints.cli.loading import require_database, usable_settings  # noqa: PLC0415
    from entrypoints.http.server.listening import bracketed  # noqa: PLC0415
    from entrypoints.logging import configure_logging  # noqa: PLC0415

    settings = usable_settings(host=host, jobs_port=port)
    if settings.redis_url is None:
        stop("CROSSRATE_REDIS_URL is not set: without Redis, `crossrate serve` runs the jobs itself.", REFUSED)
    require_database(settings)
    configure_logging(settings.log_level, settings.log_format)
    try:
        _process(name, settings)
    except OSError as error:
        address = bracketed(settings.host, settings.jobs_port)
        stop(f"Cannot listen on {address}: {error.strerror or error}", UNAVAILABLE)


def _process(name: Literal["worker", "scheduler"], settings: "Settings") -> None:
    from entrypoints.worker.processes import run_scheduler, run_worker  # noqa: PLC0415 -- slow to import

    (run_worker if name == "worker" else run_scheduler)(settings)
