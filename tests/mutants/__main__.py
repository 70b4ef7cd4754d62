"""`make test.mutants`: make each fault in a copy of the project, and see that its test fails."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Annotated, TypeVar

import typer

from tests.mutants import of_invariants, of_ledger
from tests.mutants.mutant import Mutant
from tests.project import ROOT

MUTANTS = (*of_ledger.MUTANTS, *of_invariants.MUTANTS)
# What tests read. The copy needs no installation: its `src` comes first on the path, also for processes of tests.
COPIED = ("src", "tests", "benchmarks", "pyproject.toml")

# Each in a copy of its own.
AT_ONCE = 2

T = TypeVar("T")

Word = Annotated[str, typer.Argument(help="Only faults and tests that contain it.")]
Exact = Annotated[bool, typer.Option("--exact", help="Run the test's whole file, and name all that fail.")]


def main(word: Word = "", *, exact: Exact = False) -> None:
    """End with status 1 if a fault was not found."""
    chosen = [mutant for mutant in MUTANTS if word in f"{mutant.fault} {mutant.test}"]
    tests = sorted({mutant.test for mutant in chosen})
    with _copies() as copies, ThreadPoolExecutor(AT_ONCE) as threads:
        without = threads.submit(copies.lend, lambda project: _failing(project, tests))
        found = threads.map(lambda each: copies.lend(lambda project: _is_found(each, project, exact=exact)), chosen)
        missed = [mutant.fault for mutant, is_found in zip(chosen, found, strict=True) if not is_found]
    if failed := without.result():
        raise SystemExit(f"These fail without any fault: {', '.join(sorted(failed))}")
    if missed:
        raise SystemExit(f"Not found: {', '.join(missed)}")
    typer.echo(f"All {len(chosen)} faults were found.")


def _is_found(mutant: Mutant, project: Path, *, exact: bool) -> bool:
    file, _, test = mutant.test.partition("::")
    with mutant.made_in(project / "src"):
        failed = _failing(project, [file] if exact else ["--exitfirst", mutant.test])
    is_found = test in failed
    others = f"; also {', '.join(sorted(failed - {test}))}" if failed - {test} else ""
    typer.echo(f"{'found' if is_found else 'NOT FOUND'}: {mutant.fault}: {test}{others}")
    return is_found


def _failing(project: Path, arguments: Sequence[str]) -> set[str]:
    """Return the names of those that fail, whatever their parameters. A test that cannot begin has not failed."""
    ended = subprocess.run(  # noqa: S603 -- our own command
        [sys.executable, "-m", "pytest", "-q", "-rf", "--no-header", "-p", "no:cacheprovider", *arguments],
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


class _Copies:
    """Copies of the project, each of which one fault at a time is made in."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._free: SimpleQueue[Path] = SimpleQueue()
        for folder in folders:
            self._free.put(folder)

    def lend(self, work: Callable[[Path], T]) -> T:
        """Do the work with one that is free."""
        project = self._free.get()
        try:
            return work(project)
        finally:
            self._free.put(project)


@contextmanager
def _copies() -> Iterator[_Copies]:
    with tempfile.TemporaryDirectory() as folder:
        copies = [Path(folder) / str(number) for number in range(AT_ONCE)]
        for copy in copies:
            for name in COPIED:
                _copy(ROOT / name, copy / name)
        yield _Copies(copies)


def _copy(source: Path, to: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, to, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, to)


if __name__ == "__main__":
    typer.run(main)
