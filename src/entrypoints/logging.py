"""Logs with one line per event, on standard error: coloured text for people, JSON for machines."""

import logging
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import lru_cache, partial
from operator import itemgetter
from typing import BinaryIO, Literal, cast

import orjson
import structlog
from aiohttp.http_exceptions import PayloadEncodingError
from aiohttp.web import RequestPayloadError
from structlog.typing import EventDict, Processor

from entrypoints.repeated_warnings import RepeatedWarnings
from entrypoints.tracebacks import without_values

# Loggers keep the list that they first saw, so a later configuration must change its contents.
_PROCESSORS: list[Processor] = []


def configure_logging(level: str, fmt: Literal["console", "json"]) -> None:
    """Send the service's own events, and those of the libraries it uses, to standard error in one format.

    Warnings that repeat are counted, except at level debug.
    """
    renderers: list[Processor]
    if fmt == "json":
        renderers = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_json)]
    else:
        renderers = [_console()]
    renderers.insert(0, without_values)
    numeric_level = _number_of(level)
    once: list[Processor] = [] if numeric_level == logging.DEBUG else [RepeatedWarnings()]
    _PROCESSORS[:] = [*once, structlog.processors.add_log_level, _add_timestamp, *renderers, _encode]
    structlog.configure(
        processors=_PROCESSORS,
        wrapper_class=structlog.make_filtering_bound_logger(numeric_level),
        logger_factory=structlog.BytesLoggerFactory(
            file=cast("BinaryIO", _StandardError())
        ),  # 4 us faster per line than one for text
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, structlog.stdlib.add_log_level, _add_timestamp],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.getLogger("aiohttp.server").addFilter(_is_our_fault)
    logging.basicConfig(handlers=[handler], level=max(numeric_level, logging.INFO), force=True)


def logger_of(event: str, level: str, fmt: Literal["console", "json"]) -> Callable[..., None]:
    """Return a function that logs this event at level info with the fields given to it. Configure logging first.

    For the event of each request: its line bypasses structlog, which takes three times as long in JSON, and five times
    as long on a console.
    """
    if _number_of(level) > logging.INFO:
        # Bound once: the proxy would look up the logger at each call.
        return partial(structlog.get_logger().bind().info, event)
    write = _StandardError().write
    line_of = json_line if fmt == "json" else console_line_of(_console())

    def log(**fields: object) -> None:
        write(line_of(fields, event, _timestamp()))

    return log


def json_line(fields: Mapping[str, object], event: str, timestamp: str) -> bytes:
    """Return the line of an event at level info."""
    line = {**fields, "event": event, "level": "info", "timestamp": timestamp}
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def console_line_of(renderer: structlog.dev.ConsoleRenderer) -> Callable[[Mapping[str, object], str, str], bytes]:
    """Return a function that returns the line of an event at level info, as the renderer would write it.

    The last fields of a request, its duration and its id, differ from line to line; lines with the same others share
    all the rest.
    """

    @lru_cache(maxsize=256, typed=True)
    def template(
        event: str, names: tuple[str, ...], *lasting: object
    ) -> tuple[str, Callable[[Mapping[str, object]], Iterable[object]]]:
        """Return the line with places for the timestamp and the changing values, and what gets these in order."""
        marked = {name: f"\0{name}\0" for name in names}
        line = renderer(None, "info", {**marked, "event": event, "level": "info", "timestamp": "\0timestamp\0"})
        written = {name: _shown(value).replace("%", "%%") for name, value in zip(names, lasting, strict=False)}
        changing = [name for name in _MARK.findall(line)[1:] if name not in written]
        return _MARK.sub(lambda mark: written.get(mark[1], "%s"), line.replace("%", "%%")) + "\n", itemgetter(*changing)

    def line_of(fields: Mapping[str, object], event: str, timestamp: str) -> bytes:
        line, changing = template(event, tuple(fields), *tuple(fields.values())[:-CHANGING_FIELDS])
        return (line % (timestamp, *map(_shown, changing(fields)))).encode("utf-8", "backslashreplace")

    return line_of


CHANGING_FIELDS = 2

_MARK = re.compile("\0(.+?)\0")

# What the console's renderer puts into quotes.
_has_quoted = re.compile("[ \t=\r\n\"']").search


def _shown(value: object) -> str:
    return value if isinstance(value, str) and not _has_quoted(value) else repr(value)


def _console() -> structlog.dev.ConsoleRenderer:
    return structlog.dev.ConsoleRenderer(colors=_has_colours(), exception_formatter=structlog.dev.plain_traceback)


class _StandardError:
    """Writes complete lines. If a full disk or a closed pipe prevents that, no request fails."""

    def __init__(self) -> None:
        self._write = sys.stderr.buffer.write
        self._flush = sys.stderr.buffer.flush

    def write(self, line: bytes) -> None:
        with suppress(OSError):
            self._write(line)
            self._flush()

    def flush(self) -> None:
        """Do nothing: each write has flushed."""


def _has_colours() -> bool:
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR")  # as no-color.org defines it


def _number_of(level: str) -> int:
    return logging.getLevelNamesMapping()[level.upper()]


def _add_timestamp(_logger: object, _method: str, event: EventDict) -> EventDict:
    event["timestamp"] = _timestamp()
    return event


def _timestamp() -> str:
    second, microseconds = divmod(time.time_ns() // 1000, 1_000_000)
    return f"{_until_second(second)}.{microseconds:06d}Z"


@lru_cache(maxsize=1)  # most lines share their second with the line before
def _until_second(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))


def _encode(_logger: object, _method: str, line: EventDict) -> bytes:
    return str(line).encode("utf-8", "backslashreplace")


def _is_our_fault(record: logging.LogRecord) -> bool:
    """Drop aiohttp's traceback of a body that its sender broke: the request's own line reports it."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, RequestPayloadError | PayloadEncodingError)


def _json(event: object, **_: object) -> str:
    try:
        return orjson.dumps(event, default=str).decode()
    except TypeError:  # a key that is no text: a line that cannot be written must not undo what it tells of
        assert isinstance(event, dict)  # noqa: S101 -- as structlog passes it
        return orjson.dumps({str(name): str(value) for name, value in event.items()}).decode()
