"""One line an event, on standard error: colours for people, JSON for machines."""

import logging
import sys
from typing import Any, Literal

import orjson
import structlog
from aiohttp.http_exceptions import PayloadEncodingError
from aiohttp.web import RequestPayloadError

# One list for good: loggers keep the one they first met, so a later configuration must change what is in it.
_PROCESSORS: list[Any] = []
_TIMESTAMP = structlog.processors.TimeStamper(fmt="iso", utc=True)


def configure_logging(level: str, fmt: Literal["console", "json"]) -> None:
    """Send the service's own events, and those of the libraries it uses, to standard error in one format."""
    shared: list[Any] = [structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, _TIMESTAMP]
    renderers: list[Any]
    if fmt == "json":
        renderers = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_json)]
    else:
        renderers = [
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        ]
    numeric_level = logging.getLevelNamesMapping()[level.upper()]
    _PROCESSORS[:] = [*shared, *renderers]
    structlog.configure(
        processors=_PROCESSORS,
        wrapper_class=structlog.make_filtering_bound_logger(numeric_level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, structlog.stdlib.add_log_level, _TIMESTAMP],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.getLogger("aiohttp.server").addFilter(_is_our_fault)
    logging.basicConfig(handlers=[handler], level=max(numeric_level, logging.INFO), force=True)


def _is_our_fault(record: logging.LogRecord) -> bool:
    """Leave out aiohttp's trace of a body that its sender broke: the request's own line tells of it."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, RequestPayloadError | PayloadEncodingError)


def _json(event: object, **_: object) -> str:
    return orjson.dumps(event, default=str).decode()
