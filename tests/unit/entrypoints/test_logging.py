"""The event of each request bypasses structlog; its line is the same as that of any other event."""

import os
import subprocess
import sys

import orjson
import pytest
import structlog

from entrypoints.logging import console_line_of

PROGRAM = """
import sys
import structlog
from entrypoints.logging import configure_logging, logger_of
level, fmt = sys.argv[1:]
configure_logging(level, fmt)
logger_of("request_answered", level, fmt)(status=200, route=None, duration_ms=0.5)
structlog.get_logger().info("request_answered", status=200, route=None, duration_ms=0.5)
structlog.get_logger().info("odd", held={None: 10**30})
structlog.get_logger().warning("last")
"""


def lines(level: str, fmt: str) -> list[bytes]:
    run = subprocess.run([sys.executable, "-c", PROGRAM, level, fmt], capture_output=True, check=True, timeout=60)  # noqa: S603 -- ours
    assert run.stdout == b""
    return run.stderr.splitlines()


def test_its_json_line_is_like_any_other() -> None:
    straight, usual, odd, _ = map(orjson.loads, lines("info", "json"))
    moments = [line.pop("timestamp") for line in (straight, usual)]
    assert straight == usual
    assert moments == sorted(moments)
    assert odd["held"] == str({None: 10**30})  # JSON has no such key, and orjson no such number
    assert [len(moment) for moment in moments] == [len("2026-01-01T00:00:00.000000Z")] * 2


def test_its_console_line_is_like_any_other() -> None:
    straight, usual, _, _ = (line.split(b" ", 1)[1] for line in lines("info", "console"))
    assert straight == usual
    assert b"request_answered" in straight


@pytest.mark.parametrize("colors", [True, False])
def test_a_console_line_is_what_the_renderer_writes_whatever_its_values_are(colors: bool) -> None:
    renderer = structlog.dev.ConsoleRenderer(colors=colors)
    line_of = console_line_of(renderer)
    odd = [
        None,
        0.5,
        "plain",
        "",
        "100% %(a)s",
        "a b",
        "a=b",
        "a\tb",
        "a\r\nb",
        '"',
        "'",
        "龙",
        "\0timestamp\0",
        "\ud800",
    ]
    for value in odd:
        fields = {"status": 200, "z": value, "a": value}
        written = renderer(None, "info", {**fields, "event": "answered", "level": "info", "timestamp": "now"})
        assert line_of(fields, "answered", "now") == f"{written}\n".encode("utf-8", "backslashreplace")


@pytest.mark.parametrize("fmt", ["json", "console"])
def test_the_log_level_applies_to_it(fmt: str) -> None:
    (line,) = lines("warning", fmt)
    assert b"last" in line


FAULT = """
import asyncpg, logging, sys
import sqlalchemy.exc
import structlog
from entrypoints.logging import configure_logging
configure_logging("info", sys.argv[1])
row = "Failing row contains (1, $argon2id$\\n\\nHINT: s3cret\\n\\ns3cret, x)."
row = asyncpg.PostgresError.new({"C": "23514", "M": "it violates a check", "D": row})
value = asyncpg.DataError("invalid input for query argument $1: 'a s3cret' (expected int)")
many = "invalid input for query argument $1 in element #0 of executemany() sequence: 'a s3cret' (expected int)"
structlog.get_logger().error("one_of_many", reason=many)
logging.getLogger("asyncio").error("Task exception was never retrieved " + repr(asyncpg.DataError(many)))
together = ExceptionGroup("two faults", [asyncpg.DataError(many), ValueError("the other fault")])
try:
    raise together
except ExceptionGroup:
    structlog.get_logger().exception("failed_together")
for error in (row, value, sqlalchemy.exc.IntegrityError("INSERT INTO users", {}, row)):
    for log in (structlog.get_logger(), logging.getLogger("of.a.library")):
        try:
            raise RuntimeError("a fault of ours") from error
        except RuntimeError:
            log.exception("failed_by_" + type(error).__name__)  # what repeats is logged once
"""


@pytest.mark.parametrize("fmt", ["json", "console"])
def test_a_traceback_has_no_values_of_the_database(fmt: str) -> None:
    run = subprocess.run([sys.executable, "-c", FAULT, fmt], capture_output=True, check=True, timeout=60)  # noqa: S603 -- ours
    written = run.stderr.decode()
    assert written.count("RuntimeError: a fault of ours") == 6
    assert written.count("it violates a check") == 4
    assert written.count("INSERT INTO users") == 2
    assert written.count("the other fault") == 1
    assert written.count("executemany() sequence: ...") == 3
    assert "argon2id" not in written
    assert "s3cret" not in written


@pytest.mark.parametrize("fmt", ["json", "console"])
def test_a_closed_log_stops_nothing(fmt: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        run = subprocess.run([sys.executable, "-c", PROGRAM, "info", fmt], stderr=writer, check=False, timeout=60)  # noqa: S603 -- ours
    finally:
        os.close(writer)
    assert run.returncode in {0, 120}  # 120: Python's own last flush failed


@pytest.mark.parametrize(("no_color", "is_coloured"), [("", True), ("1", False)])
def test_a_terminal_has_colours_unless_no_color_is_set(no_color: str, is_coloured: bool) -> None:
    terminal, its_end = os.openpty()
    variables = os.environ | {"NO_COLOR": no_color, "TERM": "xterm"}
    command = [sys.executable, "-c", PROGRAM, "warning", "console"]
    subprocess.run(command, stderr=its_end, env=variables, check=True, timeout=60)  # noqa: S603 -- ours
    os.close(its_end)
    line = os.read(terminal, 4096)
    os.close(terminal)
    assert b"last" in line
    assert (b"\x1b[" in line) == is_coloured
