"""The systemd unit."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project import ROOT

UNIT = ROOT / "deploy" / "systemd" / "crossrate.service"

# Of systemd-analyze, from 0 to 10; above 2 something that confines it is gone.
MOST_EXPOSED = 20  # tenths


def analysed(*arguments: str) -> subprocess.CompletedProcess[str]:
    analyse = shutil.which("systemd-analyze")
    if analyse is None:
        pytest.skip("no systemd-analyze")
    return subprocess.run([analyse, *arguments], capture_output=True, text=True, check=False)  # noqa: S603 -- its own arguments


def test_it_is_a_unit_that_systemd_understands(tmp_path: Path) -> None:
    installed = tmp_path / UNIT.name
    text = UNIT.read_text()
    assert set(re.findall(r"/opt/crossrate/\.venv/bin/(\w+)", text)) == {"crossrate", "gunicorn"}
    installed.write_text(text.replace("/opt/crossrate/.venv/bin", str(Path(sys.executable).parent)))
    verified = analysed("verify", str(installed))
    assert (verified.returncode, UNIT.name in verified.stderr) == (0, False), verified.stderr


def test_it_is_confined() -> None:
    told = analysed("security", "--offline=true", f"--threshold={MOST_EXPOSED}", str(UNIT))
    assert told.returncode == 0, told.stdout[-300:]
