"""What all contracts share: patience with a real Redis."""

import pytest

from adapters.redis import connection


@pytest.fixture(autouse=True)
def _patience_with_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let calls take long beside other work: the service gives up after half a second, which no contract asks."""
    monkeypatch.setattr(connection, "SOCKET_TIMEOUT_SECONDS", 20.0)
    monkeypatch.setattr(connection, "CALL_TIMEOUT_SECONDS", 20.0)
