"""Unit tests stand where the code that they test stands."""

from pathlib import Path

UNIT = Path(__file__).parent
ROOT = UNIT.parent.parent

# Tests of the project as a whole stand beside this one.
TESTS = sorted(file.relative_to(UNIT) for file in UNIT.rglob("test_*.py") if file.parent != UNIT)


def folder_of(test: Path) -> Path:
    return ROOT / test.parent if test.parts[0] == "benchmarks" else ROOT / "src" / test.parent


def is_named_after_a_module(test: Path) -> bool:
    modules = {module.stem for module in folder_of(test).glob("*.py")} - {"__init__"}
    tested = test.stem.removeprefix("test_")
    # `test_convert_routes.py` is one of several for `convert.py`.
    return any(tested == module or tested.startswith(f"{module}_") for module in modules)


def test_each_test_is_named_after_a_module_of_the_same_folder() -> None:
    assert [str(test) for test in TESTS if not is_named_after_a_module(test)] == []
    assert len(TESTS) > 200
