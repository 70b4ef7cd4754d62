"""Which problem an error becomes."""

import pytest

from domain.errors import Conflict, CrossrateError
from entrypoints.http.server.problems import (
    INTERNAL_ERROR,
    ProblemKind,
    Problems,
    ProblemTable,
    Row,
    plain_problem,
    sentence_row,
)

TEAPOT = ProblemKind("teapot", 418, "Teapot", "It is a teapot.")
CUP = ProblemKind("cup", 499, "Cup", "It is a cup.")


class Special(Conflict):
    """An error with a row of its own."""


def table() -> ProblemTable:
    general = Problems(kinds=(TEAPOT,), rows={CrossrateError: sentence_row(TEAPOT)})
    special = Problems(kinds=(CUP,), rows={Special: sentence_row(CUP)})
    return ProblemTable((general, special))


def test_the_row_of_the_nearest_class_counts_in_whatever_order_features_come() -> None:
    assert table().problem_of(Special("it is special")).kind is CUP
    assert table().problem_of(Conflict("it is not")).kind is TEAPOT


def test_a_message_becomes_a_sentence() -> None:
    assert table().problem_of(Conflict("this name is taken")).detail == "This name is taken."


def test_a_problem_stays_as_it_is() -> None:
    problem = plain_problem(CUP)
    assert table().problem_of(problem) is problem


def test_an_unforeseen_error_discloses_nothing() -> None:
    problem = table().problem_of(KeyError("a secret"))
    assert problem.kind is INTERNAL_ERROR
    assert "secret" not in problem.detail


def test_an_error_that_cannot_be_described_is_an_unforeseen_one_that_says_so_in_the_log() -> None:
    error = Special("it is special")
    rows: dict[type[Exception], Row] = {Special: lambda _: plain_problem(min([], key=str))}
    assert ProblemTable([Problems(kinds=(CUP,), rows=rows)]).problem_of(error).kind is INTERNAL_ERROR
    assert "ValueError" in "".join(error.__notes__)


def test_two_features_cannot_both_have_a_row_for_an_error() -> None:
    one = Problems(kinds=(TEAPOT,), rows={Special: sentence_row(TEAPOT)})
    with pytest.raises(AssertionError, match="Special"):
        ProblemTable((one, Problems(kinds=(CUP,), rows={Special: sentence_row(CUP)})))
