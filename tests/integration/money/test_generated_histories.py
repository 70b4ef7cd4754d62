"""Generated histories, in one process over SQLite."""

from collections.abc import Iterator

import pytest

from tests.integration.money.histories import LIMITS, tell
from tests.integration.money.length import HISTORIES
from tests.servers.in_a_thread import in_a_thread
from tests.servers.service import running_crossrate


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with in_a_thread(running_crossrate(**LIMITS)) as address:
        yield address


def test_every_generated_history_ends_as_the_model_says(address: str) -> None:
    tell(address, HISTORIES)
