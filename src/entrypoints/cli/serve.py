"""`crossrate serve`."""

from typing import Annotated

import typer

from entrypoints.cli.output import UNAVAILABLE, stop
from entrypoints.garbage import collections_put_off

Host = Annotated[str | None, typer.Option(metavar="ADDRESS", help="Listen on this address; overrides CROSSRATE_HOST.")]
Port = Annotated[
    int | None,
    typer.Option(
        metavar="PORT", help="Listen on this port; overrides CROSSRATE_PORT. 0 takes a free one.", min=0, max=65535
    ),
]


def serve(*, host: Host = None, port: Port = None) -> None:
    """Serve the API.

    Runs in one process until it is stopped. Creates the embedded database if there is none.

    Exit status: 0 stopped, 2 refused settings, 3 address taken.
    """
    with collections_put_off():  # slow to import: see main.py
        from entrypoints.cli.loading import or_refused, usable_settings  # noqa: PLC0415
        from entrypoints.http.server.listening import bracketed  # noqa: PLC0415
        from entrypoints.http.serving import serve as serve_http  # noqa: PLC0415
        from entrypoints.logging import configure_logging  # noqa: PLC0415
        from entrypoints.settings.jwt_secret import jwt_secret  # noqa: PLC0415

    settings = usable_settings(host=host, port=port)
    configure_logging(settings.log_level, settings.log_format)
    or_refused(lambda: jwt_secret(settings))
    if settings.demo_data:
        from entrypoints.cli.demo_data import fill_at_start  # noqa: PLC0415 -- few ask for it

        fill_at_start(settings)
    try:
        serve_http(settings)
    except OSError as error:
        stop(f"Cannot listen on {bracketed(settings.host, settings.port)}: {error.strerror or error}", UNAVAILABLE)
