"""What every answer during a fault must be."""

import math
from collections.abc import Sequence

from application.market_data.attempts import MAX_ATTEMPTS
from application.market_data.circuit_breaker import OPEN_SECONDS
from entrypoints.settings.settings import Settings
from tests.resilience.driver import Answered
from tests.resilience.links import EXCHANGES, FIRST

# The longest an answer may take: every attempt at every exchange connects late and then stalls. A timeout is not
# retried, but the request may have waited for an earlier fetch before. The extra second covers a hung Redis and a busy
# machine.
ATTEMPT_SECONDS = sum(
    float(Settings.model_fields[name].default) for name in ("connect_timeout_seconds", "stall_timeout_seconds")
)
DEADLINE_SECONDS = len(EXCHANGES) * MAX_ATTEMPTS * ATTEMPT_SECONDS + 1

# A circuit breaker that opened just before the fault's end stays open for its time; then comes the probe.
RECOVERY_SECONDS = OPEN_SECONDS
PROBE_SECONDS = 0.5

# Nearly all answers take less than this when nothing fails, including a fetch or two; a busy machine delays a few.
NORMAL_SECONDS = 0.25
NORMAL_SHARE = 0.95


def are_soon(answers: Sequence[Answered]) -> bool:
    """Tell whether the answers took no longer than without a fault."""
    return percentile(answers, NORMAL_SHARE) <= NORMAL_SECONDS


def is_normal(answered: Answered) -> bool:
    """Tell whether the answer is the same as without a fault: from the first exchange, unless another is named."""
    asked = answered.asked
    if not asked.is_known:
        return answered.status == 404
    return answered.status == 200 and answered.json["exchange"] == (asked.exchange or FIRST)


def check_status(answered: Answered, failing: Sequence[str]) -> None:
    """Assert an honest answer in time. Only the exchanges `failing` excuse a 503."""
    assert answered.seconds <= DEADLINE_SECONDS, f"over the deadline: {answered}"
    if answered.status == 503:
        assert any(answered.asked.needs(exchange) for exchange in failing), f"another could have answered: {answered}"
        assert answered.json["type"] == "/problems/exchanges-unavailable", answered
        assert set(answered.json["failures"]) <= set(failing), answered
        assert int(answered.retry_after or 0) >= 1, answered
    else:
        assert answered.status == (200 if answered.asked.is_known else 404), answered


def percentile(answers: Sequence[Answered], share: float) -> float:
    """Return the seconds within which this share of the answers arrived."""
    seconds = sorted(answered.seconds for answered in answers)
    return seconds[math.ceil(share * len(seconds)) - 1]
