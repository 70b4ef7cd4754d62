"""The comparison of the bare handler with the service says what differs."""

import pytest
from benchmarks.bench import check_same

BEFORE, AFTER = {"rate": "1.5", "updated_at": 10}, {"rate": "1.6", "updated_at": 12}


def test_the_same_answers_pass() -> None:
    check_same([b"a", b"b"], [BEFORE, AFTER], [BEFORE, AFTER])


def test_answers_that_changed_are_counted_and_the_first_is_shown() -> None:
    with pytest.raises(AssertionError, match=r"1 of 2 .* to b the service gave first .*1\.5.*10.*, then .*1\.6.*12"):
        check_same([b"a", b"b"], [BEFORE, AFTER], [BEFORE, BEFORE])
