"""Writes the answers to the lines of a batch."""

from collections.abc import Iterable

import orjson

from application.rates.batch import Outcome
from entrypoints.http.rates.batch_lines import ReadLine
from entrypoints.http.rates.failed_line import failed_line
from entrypoints.http.rates.schemas import conversion_body
from entrypoints.http.server.problems import Problem, ProblemTable


class LineWriter:
    """Writes one line after the other."""

    def __init__(self, table: ProblemTable, prefix: str) -> None:
        """`prefix` is the path below which clients find the service."""
        self._table = table
        self._prefix = prefix
        # The same problem of many lines is written once. The problem is kept, or another could get its id.
        self._repeated: dict[int, tuple[Exception, bytes]] = {}

    def written(self, line: ReadLine | Problem, outcome: Outcome | Problem) -> str:
        """Return the JSON of a line's outcome."""
        if isinstance(outcome, Exception):
            return self._problem(outcome).decode()
        return conversion_body(outcome, include_route=isinstance(line, ReadLine) and line.include_route).decode()

    def _problem(self, outcome: Exception) -> bytes:
        known = self._repeated.get(id(outcome))
        if known is None:
            written = orjson.dumps(failed_line(self._table.problem_of(outcome), self._prefix))
            known = self._repeated[id(outcome)] = outcome, written
        return known[1]


def body_of(lines: Iterable[str]) -> bytes:
    """Return the whole answer."""
    return ",".join(lines).encode().join((b'{"conversions":[', b"]}"))
