"""The simulation finds mistakes that are made on purpose; `make simulate.mutants` makes all of them."""

import os
import subprocess
import sys

from tests.project import ROOT

SOON_FOUND = ("sends", "an unknown outcome", "rounds", "settles")


def test_mistakes_are_found() -> None:
    found = subprocess.run(  # noqa: S603 -- our own command
        [sys.executable, "-m", "tests.simulation.orders.mutants", "--seeds", "300", *SOON_FOUND],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": "src:.", "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert found.stdout.count("found by seed") >= 7
