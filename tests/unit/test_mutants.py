"""The faults that `make test.mutants` makes can still be made."""

import ast

import pytest

from tests.mutants.__main__ import MUTANTS
from tests.mutants.mutant import Mutant
from tests.project import ROOT


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.fault)
def test_each_fault_has_its_place_and_its_test(mutant: Mutant) -> None:
    for file, text in mutant.texts(
        {edit.file: (ROOT / "src" / edit.file).read_text() for edit in mutant.edits}
    ).items():
        ast.parse(text, file)
    file, _, test = mutant.test.partition("::")
    assert f"def {test}(" in (ROOT / file).read_text()
