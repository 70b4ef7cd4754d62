"""`make test.mutants`: make each fault in a copy of the project, and see that its test fails."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from tests.mutants import of_invariants, of_ledger
from tests.mutants.mutant import Mutant
from tests.project import ROOT

MUTANTS = (*of_ledger.MUTANTS, *of_invariants.MUTANTS)
# What tests read. The copy needs no installation: its `src` comes first on the path, also for processes of tests.
COPIED = ("src", "tests", "benchmarks", "pyproject.toml")

TESTS_FAILED = 1

Word = Annotated[str, typer.Argument(help="Only faults and tests that contain it.")]
Exact = Annotated[bool, typer.Option("--exact", help="Run the test's whole file, and name all that fail.")]


def main(word: Word = "", *, exact: Exact = False) -> None:
    """End with status 1 if a fault was not found."""
    chosen = [mutant for mutant in MUTANTS if word in f"{mutant.fault} {mutant.test}"]
    with _copy() as project:
        if failed := _failing(project, sorted({mutant.test for mutant in chosen})):
            raise SystemExit(f"These fail without any fault: {', '.join(failed)}")
        missed = [mutant.fault for mutant in chosen if not _is_found(mutant, project, exact=exact)]
    if missed:
        raise SystemExit(f"Not found: {', '.join(missed)}")
    typer.echo(f"All {len(chosen)} faults were found.")


def _is_found(mutant: Mutant, project: Path, *, exact: bool) -> bool:
    file, _, test = mutant.test.partition("::")
    with mutant.made_in(project / "src"):
        failed = _failing(project, [file if exact else mutant.test])
    is_found = test in failed
    others = f"; also {', '.join(sorted(failed - {test}))}" if failed - {test} else ""
    typer.echo(f"{'found' if is_found else 'NOT FOUND'}: {mutant.fault}: {test}{others}")
    return is_found


def _failing(project: Path, tests: Sequence[str]) -> set[str]:
    """Return the names of those that fail, whatever their parameters. A test that cannot begin has not failed."""
    ended = subprocess.run(  # noqa: S603 -- our own command
        [sys.executable, "-m", "pytest", "-q", "-rf", "--no-header", "-p", "no:cacheprovider", *tests],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    failed = {
        line.split("::")[1].split("[")[0].split()[0] for line in ended.stdout.splitlines() if line.startswith("FAILED")
    }
    if ended.returncode and not failed:
        raise SystemExit(f"The tests could not run:\n{ended.stdout[-3000:]}{ended.stderr[-3000:]}")
    return failed


@contextmanager
def _copy() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        for name in COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, Path(folder) / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, folder)
        yield Path(folder)


if __name__ == "__main__":
    typer.run(main)
