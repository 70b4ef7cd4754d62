"""`crossrate serve`."""

from entrypoints.cli.output import UNAVAILABLE, or_refused, stop, usable_settings
from entrypoints.http.server.listening import bracketed
from entrypoints.http.serving import serve as serve_http
from entrypoints.logging import configure_logging
from entrypoints.settings.jwt_secret import jwt_secret


def serve() -> None:
    """Serve the API in one process, configured by the CROSSRATE_ settings."""
    settings = usable_settings()
    configure_logging(settings.log_level, settings.log_format)
    or_refused(lambda: jwt_secret(settings))
    try:
        serve_http(settings)
    except OSError as error:
        stop(f"Cannot listen on {bracketed(settings.host, settings.port)}: {error.strerror or error}", UNAVAILABLE)
