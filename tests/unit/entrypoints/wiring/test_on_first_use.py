"""What is imported on first use exists, although nothing else checks its name."""

import re
import sys
from importlib import import_module
from pathlib import Path

import pytest
from dependency_injector import providers

from entrypoints.wiring import on_first_use as module
from entrypoints.wiring.on_first_use import import_parts, on_first_use

NAMED = sorted(
    part
    for file in Path(module.__file__).parent.glob("*.py")
    for part in re.findall(r'on_first_use\(\s*"([^"]+)"', file.read_text())
)


@pytest.mark.parametrize("part", NAMED)
def test_each_named_part_exists(part: str) -> None:
    name, _, member = part.partition(":")
    assert callable(getattr(import_module(name), member))


def test_a_part_is_called_with_what_it_is_given() -> None:
    assert on_first_use("builtins:dict")([("a", 1)], b=2) == {"a": 1, "b": 2}


def test_what_a_part_is_made_of_is_imported_before_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    inner = providers.Singleton(on_first_use("colorsys:rgb_to_hsv"))
    import_parts(providers.Singleton(on_first_use("builtins:dict"), inner=inner, other=providers.Object(1)))
    assert "colorsys" in sys.modules
