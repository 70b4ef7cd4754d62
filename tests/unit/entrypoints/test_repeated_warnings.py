"""A repeated warning is logged once and then counted, and its end is logged."""

from collections.abc import Iterator

import pytest
import structlog
from structlog.testing import capture_logs
from structlog.typing import EventDict

from entrypoints import repeated_warnings
from entrypoints.repeated_warnings import MOST_WARNINGS, QUIET_SECONDS, REPORT_SECONDS, RepeatedWarnings
from tests.waiting import eventually


class Log:
    """The lines that the processor passes, on a clock that the test sets."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.warnings = RepeatedWarnings(lambda: self.now)
        self.lines: list[EventDict] = []

    def add(self, event: str, method: str = "warning", **fields: object) -> None:
        try:
            self.lines.append(self.warnings(None, method, {"event": event, **fields}))
        except structlog.DropEvent:
            return


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def ended() -> Iterator[list[EventDict]]:
    with capture_logs() as lines:
        yield lines


def test_a_repeat_is_held_back_even_if_its_detail_differs(log: Log) -> None:
    for number in range(10):
        log.add("exchange_failed", exchange="binance", reason="network", detail=f"attempt {number}", cause=number)
    assert [line["detail"] for line in log.lines] == ["attempt 0"]


def test_what_fails_for_every_pair_is_one_warning_unless_for_another_reason(log: Log) -> None:
    for pair in ("BTC/USD", "ETH/USDT"):
        log.add("quote_source_failed", source="exchanges", pair=pair, reason="network")
        log.add("job_failed", job="record_hour", pair=pair, hour=3600, reason="network")
        log.add("job_failed", job="record_hour", pair=pair, hour=3600, reason="timeout")
        log.add("quote_skipped", pair=pair, reasons={"binance": "not listed"})
    assert [(line["event"], line["pair"]) for line in log.lines] == [
        ("quote_source_failed", "BTC/USD"),
        ("job_failed", "BTC/USD"),
        ("job_failed", "BTC/USD"),
        ("quote_skipped", "BTC/USD"),
        ("quote_skipped", "ETH/USDT"),
    ]


@pytest.mark.parametrize("is_current", [True, False])
def test_errors_of_different_kinds_are_different(log: Log, is_current: bool) -> None:
    for error in (ValueError("1"), KeyError("2"), KeyError("3")):
        try:
            raise error
        except (ValueError, KeyError) as raised:
            log.add("job_failed", "exception", job="record_hour", exc_info=is_current or raised)
    assert len(log.lines) == 2


def test_warnings_that_differ_in_a_field_are_different(log: Log) -> None:
    for exchange in ("binance", "kucoin"):
        for reason in ("network", "timeout"):
            log.add("exchange_failed", exchange=exchange, reason=reason)
    assert len(log.lines) == 4


def test_the_repeats_are_counted_every_five_minutes(log: Log) -> None:
    for _ in range(int(REPORT_SECONDS) // 5 + 1):
        log.add("exchange_failed", exchange="binance")
        log.now += 5
    assert log.lines == [
        {"event": "exchange_failed", "exchange": "binance"},
        {"event": "exchange_failed", "exchange": "binance", "again": 60, "in_minutes": 5},
    ]


def test_its_end_is_logged_with_the_remaining_count(log: Log, ended: list[EventDict]) -> None:
    for _ in range(4):
        log.add("cache_failed", cache="redis", detail="refused")
        log.now += 30
    log.warnings.end_quiet_ones()
    assert ended == []
    log.now += QUIET_SECONDS
    log.warnings.end_quiet_ones()
    assert ended == [
        {
            "event": "warning_ended",
            "warning": "cache_failed",
            "cache": "redis",
            "again": 3,
            "in_minutes": 2,
            "log_level": "info",
        }
    ]


def test_a_single_warning_has_no_end(log: Log, ended: list[EventDict]) -> None:
    log.add("cache_failed")
    log.now += QUIET_SECONDS
    log.warnings.end_quiet_ones()
    assert ended == []


def test_a_warning_that_comes_after_a_quiet_time_is_new(log: Log) -> None:
    log.add("job_failed", job="record_hour")
    log.now += QUIET_SECONDS
    log.add("job_failed", job="record_hour")
    assert len(log.lines) == 2


def test_other_levels_and_warnings_about_a_request_are_passed(log: Log) -> None:
    for _ in range(3):
        log.add("request_answered", "info")
        log.add("request_failed", "error", request_id="1")
    assert len(log.lines) == 6


def test_the_number_of_remembered_warnings_is_bounded(log: Log) -> None:
    for number in range(MOST_WARNINGS + 1):
        log.add("failed", number=number)
    log.add("failed", number=0)
    log.add("failed", number=MOST_WARNINGS)
    assert [line["number"] for line in log.lines[MOST_WARNINGS:]] == [MOST_WARNINGS, 0]


async def test_in_a_running_loop_the_end_is_logged_without_another_warning(
    monkeypatch: pytest.MonkeyPatch, ended: list[EventDict]
) -> None:
    monkeypatch.setattr(repeated_warnings, "QUIET_SECONDS", 0.02)
    warnings = RepeatedWarnings()
    warnings(None, "warning", {"event": "failed"})
    with pytest.raises(structlog.DropEvent):
        warnings(None, "warning", {"event": "failed"})

    async def is_ended() -> bool:  # the process's own log lines may come meanwhile
        return [line["warning"] for line in ended if line.get("warning") == "failed"] == ["failed"]

    await eventually(is_ended)
