"""What every answer under a fault must be."""

import math
from collections.abc import Sequence

from application.market_data.circuit_breaker import OPEN_SECONDS
from application.rates.convert import MAX_ATTEMPTS
from entrypoints.settings.settings import Settings
from tests.resilience.driver import Answered
from tests.resilience.links import EXCHANGES, FIRST

# The longest that an answer may take: every attempt at every exchange lasts as long as it may. A hang is not tried
# again, but may have been preceded by waiting for a fetch that had begun too early. The second is for what else there
# is: asking a Redis that hangs, and a machine that does other things too.
DEADLINE_SECONDS = len(EXCHANGES) * MAX_ATTEMPTS * float(Settings.model_fields["attempt_timeout_seconds"].default) + 1

# A breaker that opened just before the fault's end stays open for its time; then comes the probe.
RECOVERY_SECONDS = OPEN_SECONDS
PROBE_SECONDS = 0.5

# Of nearly all answers when all is well, with a fetch or two in them; a busy machine makes single ones slower.
NORMAL_SECONDS = 0.25
NORMAL_SHARE = 0.95


def are_soon(answers: Sequence[Answered]) -> bool:
    """Tell whether they took no longer than they do with nothing wrong anywhere."""
    return percentile(answers, NORMAL_SHARE) <= NORMAL_SECONDS


def is_normal(answered: Answered) -> bool:
    """Tell whether it is what it would be with nothing wrong anywhere: from the first exchange, where none is named."""
    asked = answered.asked
    if not asked.is_known:
        return answered.status == 404
    return answered.status == 200 and answered.json["exchange"] == (asked.exchange or FIRST)


def check_status(answered: Answered, failing: Sequence[str]) -> None:
    """Assert an honest answer in time, while the exchanges `failing` may be out of reach; nobody else is an excuse."""
    assert answered.seconds <= DEADLINE_SECONDS, f"over the deadline: {answered}"
    if answered.status == 503:
        assert any(answered.asked.needs(exchange) for exchange in failing), f"another could have answered: {answered}"
        assert answered.json["type"] == "/problems/exchanges-unavailable", answered
        assert set(answered.json["failures"]) <= set(failing), answered
        assert int(answered.retry_after or 0) >= 1, answered
    else:
        assert answered.status == (200 if answered.asked.is_known else 404), answered


def percentile(answers: Sequence[Answered], share: float) -> float:
    """Return the seconds within which this share of them came."""
    seconds = sorted(answered.seconds for answered in answers)
    return seconds[math.ceil(share * len(seconds)) - 1]
