"""The wheel, built as an installer builds it."""

import os
from pathlib import Path
from zipfile import ZipFile

from hatchling.build import build_wheel

from tests.project import ROOT


def test_the_wheel_is_typed_and_holds_the_licences_and_no_tests(tmp_path: Path) -> None:
    before = Path.cwd()
    os.chdir(ROOT)  # where a build backend expects to be
    try:
        wheel = ZipFile(tmp_path / build_wheel(str(tmp_path)))
    finally:
        os.chdir(before)
    names = set(wheel.namelist())
    packages = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert packages == {"crossrate", "domain", "application", "adapters", "entrypoints"}
    assert {f"{package}/py.typed" for package in packages} <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
