"""Answers batches of plain lines in one pass, from the bytes of a line to those of its answer.

What surrounds a result in the answer depends only on the route, so it is written once for each while prices stay the
same. Any line for which this does not hold is converted and written like those of other batches.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter
from typing import NamedTuple
from weakref import WeakKeyDictionary

import orjson
from aiohttp import web

from application.concurrency.cooperative import begin_slice, slice_is_over, yield_to_event_loop
from application.rates.batch import Batch
from application.rates.convert_many import ConvertMany
from application.rates.kept_routes import Ends, KeptRoutes
from domain.decimals import EXACT, plain
from domain.rates.book import RateType
from domain.rates.conversion import Conversion
from domain.rates.errors import UnknownExchange
from domain.rates.routing import MAX_CACHED_ROUTES
from entrypoints.http.rates.batch_lines import BatchLines, PlainLines, ReadLine, UsualDefaults
from entrypoints.http.rates.batch_writing import LineWriter, body_of
from entrypoints.http.rates.plain_amounts import plain_amount, plain_amounts
from entrypoints.http.rates.schemas import conversion_fields
from entrypoints.http.rates.usual_lines import AnyUsualLine
from entrypoints.http.server.problems import Problem

# So many take about as long as a slice.
PLAIN_LINES_PER_SLICE = 200

_RESULT = b'"result":"'

multiply = EXACT.multiply


@dataclass(frozen=True, slots=True, eq=False)
class _Kind:
    """Conversions that are counted alike; compared by identity, because that is quick."""

    exchange: str
    legs: int


class _Template(NamedTuple):
    rate: Decimal
    before: str
    after: str
    kind: _Kind


_RATE, _KIND = itemgetter(0), itemgetter(3)


class _Templates:
    """The templates over the same snapshots, by the currencies in capital or in small letters."""

    def __init__(self) -> None:
        self.by_ends: dict[Ends, _Template] = {}
        self._kinds: dict[tuple[str, int], _Kind] = {}

    def add(self, ends: Ends, conversion: Conversion, *, include_route: bool) -> None:
        if len(self.by_ends) >= MAX_CACHED_ROUTES:
            self.by_ends.clear()
        route = conversion.route
        counted_as = route.exchange, len(route.legs)
        kind = self._kinds.setdefault(counted_as, _Kind(*counted_as))
        fields = conversion_fields(conversion, include_route=include_route)
        before, result, after = orjson.dumps({**fields, "result": ""}).partition(_RESULT)
        self.by_ends[ends] = _Template(conversion.rate, (before + result).decode(), after.decode(), kind)


class PlainBatches:
    """Keeps the templates for as long as `ConvertMany` keeps the routes."""

    def __init__(self, convert_many: ConvertMany) -> None:
        self._convert_many = convert_many
        self._kept: WeakKeyDictionary[KeptRoutes, dict[tuple[RateType, bool], _Templates]] = WeakKeyDictionary()

    async def answer(self, lines: BatchLines, plain_lines: PlainLines, writer: LineWriter) -> bytes:
        """Return the JSON of all answers. Raises `UnknownExchange` if that is what the lines ask."""
        defaults = plain_lines.defaults
        batch = self._convert_many.begin([(defaults.exchange, defaults.cache_max_seconds)])
        answer = _Answer(lines, plain_lines, batch, writer)
        begin_slice()
        while answer.number < len(lines):
            templates = self._templates(batch.kept(defaults.exchange), defaults)
            if not answer.write_plain(templates.by_ends):
                await answer.write_other(templates)
            if slice_is_over():
                await yield_to_event_loop()
        answer.count()
        return body_of(answer.written)

    def _templates(self, kept: KeptRoutes | None, defaults: UsualDefaults) -> _Templates:
        if kept is None:
            return _Templates()
        of_kept = self._kept.setdefault(kept, {})
        return of_kept.setdefault((defaults.rate_type, defaults.include_route), _Templates())


class _Answer:
    """The answer as far as it is written."""

    def __init__(self, lines: BatchLines, plain_lines: PlainLines, batch: Batch, writer: LineWriter) -> None:
        self._lines = lines
        self._plain = plain_lines.lines
        self._defaults = plain_lines.defaults
        self._batch = batch
        self._writer = writer
        self._kinds: Counter[_Kind] = Counter()
        self._singly_until = 0
        self.number = 0  # of lines that are written
        self.written: list[str] = []  # of one line or several

    def write_plain(self, templates: Mapping[Ends, _Template]) -> int:
        """Write lines up to the first that needs more than a template, a slice at most; return how many."""
        number = self.number
        lines = self._plain[number : number + PLAIN_LINES_PER_SLICE]
        if number < self._singly_until or not self._write_together(lines, templates):
            self._singly_until = max(self._singly_until, number + len(lines))
            self._write_singly(lines, templates)
        return self.number - number

    def _write_together(self, lines: Sequence[AnyUsualLine], templates: Mapping[Ends, _Template]) -> bool:
        """Write all lines or none. Each step is done for all lines at once, which takes less time than a loop."""
        try:
            found = [templates[line.currency_from, line.currency_to] for line in lines]
        except KeyError:
            return False
        amounts = plain_amounts(lines)
        if amounts is None:
            return False
        products = list(map(multiply, amounts, map(_RATE, found)))
        results = list(map(str, products))
        if "E" in "".join(results):
            results = [
                plain(product) if "E" in result else result for result, product in zip(results, products, strict=True)
            ]
        # What else `plain` does. Most results need nothing.
        results = [each.rstrip("0").rstrip(".") if each[-1] == "0" and "." in each else each for each in results]
        self._add([f"{before}{result}{after}" for (_, before, after, _), result in zip(found, results, strict=True)])
        self._kinds.update(map(_KIND, found))
        return True

    def _write_singly(self, lines: Sequence[AnyUsualLine], templates: Mapping[Ends, _Template]) -> None:
        written: list[str] = []
        kinds: list[_Kind] = []
        for line in lines:
            template = templates.get((line.currency_from, line.currency_to))
            amount = None if template is None else plain_amount(line)
            if template is None or amount is None:
                break
            rate, before, after, kind = template
            written.append(f"{before}{plain(multiply(amount, rate))}{after}")
            kinds.append(kind)
        self._add(written)
        self._kinds.update(kinds)

    async def write_other(self, templates: _Templates) -> None:
        """Write the next line as in any other batch, and keep its template if its route is kept."""
        number = self.number
        read = self._lines.read(number)
        outcome = read if isinstance(read, Problem) else await self._batch.outcome(read.line)
        if isinstance(outcome, UnknownExchange) and isinstance(read, ReadLine) and read.uses_default_exchange:
            raise outcome
        self._add([self._writer.written(read, outcome)])
        if isinstance(read, ReadLine) and isinstance(outcome, Conversion):
            kept = self._batch.kept(self._defaults.exchange)
            line = self._plain[number]
            ends = line.currency_from, line.currency_to
            # `BTC` and `btc` have one, and none of the other six spellings: a template is large.
            is_usual = all(each in (each.upper(), each.lower()) for each in ends)
            if is_usual and kept is not None and kept.by_ends.get(read.line.ends) is outcome.route:
                templates.add(ends, outcome, include_route=self._defaults.include_route)

    def _add(self, lines: Sequence[str]) -> None:
        self.number += len(lines)
        if lines:
            self.written.append(",".join(lines))

    def count(self) -> None:
        """Count the conversions that were made by a template."""
        for kind, times in self._kinds.items():
            self._batch.count(kind.exchange, self._defaults.rate_type, kind.legs, times)


PLAIN_BATCHES = web.AppKey("plain_batches", PlainBatches)
