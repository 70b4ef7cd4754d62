"""Which tests measure coverage."""

from types import SimpleNamespace
from typing import cast

import pytest

from tests.measured import is_measured
from tests.project import ROOT


@pytest.mark.parametrize(
    ("file", "name", "is_generated", "expected"),
    [
        ("unit/domain/test_pair.py", "test_it_holds", False, True),
        ("contracts/database/test_users.py", "test_it_holds[fake]", False, True),
        ("contracts/database/test_users.py", "test_it_holds[sqlite]", False, False),
        ("contracts/database/test_users.py", "test_it_holds[3-postgres]", False, False),
        ("unit/domain/test_pair.py", "test_it_holds_for_all", True, False),
        ("unit/domain/test_pair_properties.py", "test_it_holds", False, False),
        ("integration/rates/test_rates.py", "test_it_holds", False, False),
    ],
)
def test_what_reaches_the_same_lines_again_is_not_measured(
    file: str, name: str, is_generated: bool, expected: bool
) -> None:
    markers = {"hypothesis"} if is_generated else set()
    item = SimpleNamespace(
        path=ROOT / "tests" / file, name=name, get_closest_marker=lambda name: name if name in markers else None
    )
    assert is_measured(cast("pytest.Item", item)) is expected
