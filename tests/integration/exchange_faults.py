"""Faults of an exchange: how to simulate each, its reason in the service, and the number of attempts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# Short, so that the tests of hanging exchanges are, and long enough for a healthy one on a busy machine; the real
# bounds have a test of their own.
ATTEMPT_TIMEOUT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Fault:
    """`attempts` is the number of calls to an exchange that fails every call in this way."""

    kind: str
    reason: str
    attempts: int
    details: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return "_".join([self.kind, *map(str, self.details.values())])


BARRED_BY_LAW = Fault("status", "blocked", 1, {"code": 451})

EITHER = [
    Fault("hang", "timeout", 1),
    Fault("latency", "timeout", 1, {"milliseconds": 3000}),
    Fault("reset", "network", 2),
    Fault("drop", "network", 2),
    Fault("status", "server_error", 2, {"code": 500}),
    Fault("status", "server_error", 2, {"code": 502}),
    Fault("status", "server_error", 2, {"code": 503}),
    Fault("status", "server_error", 2, {"code": 504}),
    Fault("status", "refused", 1, {"code": 400}),
    Fault("status", "refused", 1, {"code": 404}),
    Fault("status", "blocked", 1, {"code": 403}),
    BARRED_BY_LAW,
    Fault("status", "rate_limited", 1, {"code": 418}),
    Fault("status", "rate_limited", 1, {"code": 429}),
    Fault("cloudflare_1015", "rate_limited", 1),
    Fault("html", "bad_body", 2),
    Fault("empty", "bad_body", 2),
    Fault("truncated_json", "bad_body", 2),
    Fault("truncated_body", "bad_body", 2),
    Fault("nonsense", "bad_body", 2),
    Fault("empty_list", "bad_body", 2),
]
KUCOIN_ONLY = [
    Fault("failure_code", "refused", 1, {"code": "500000"}),
    Fault("failure_code", "rate_limited", 1, {"code": "429000"}),
    Fault("failure_code", "rate_limited", 1, {"code": "429000", "message": "System-level rate limit exceeded"}),
]
