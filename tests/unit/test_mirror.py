"""Unit tests stand where the code that they test stands."""

from pathlib import Path

import pytest

UNIT = Path(__file__).parent
ROOT = UNIT.parent.parent

# Tests of the project as a whole stand beside this one.
TESTS = sorted(file.relative_to(UNIT) for file in UNIT.rglob("test_*.py") if file.parent != UNIT)


def folder_of(test: Path) -> Path:
    return ROOT / test.parent if test.parts[0] == "benchmarks" else ROOT / "src" / test.parent


@pytest.mark.parametrize("test", TESTS, ids=str)
def test_a_test_is_named_after_a_module_of_the_same_folder(test: Path) -> None:
    modules = {module.stem for module in folder_of(test).glob("*.py")} - {"__init__"}
    tested = test.stem.removeprefix("test_")
    # `test_convert_routes.py` is one of several for `convert.py`.
    assert any(tested == module or tested.startswith(f"{module}_") for module in modules)
