"""The lines of a batch of conversions. A line that is wrong becomes a `Problem` of its own."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
from msgspec import UNSET
from pydantic import ValidationError

from application.rates.batch import ConversionLine
from application.rates.convert_further import is_best
from domain.errors import InvalidInput
from domain.rates.book import RateType
from domain.rates.conversion import parse_amount
from domain.rates.errors import BEST
from entrypoints.http.rates.batch_schemas import BatchRequest
from entrypoints.http.rates.convert_requests import convert_request_of
from entrypoints.http.rates.fields import known_currency
from entrypoints.http.rates.schemas import ConvertNowRequest
from entrypoints.http.rates.usual_lines import AnyUsualLine, UsualLines, usual_line
from entrypoints.http.server import strict_json
from entrypoints.http.server.common_problems import MALFORMED_REQUEST, FieldError, invalid_input
from entrypoints.http.server.problems import Problem
from entrypoints.http.server.validation import validated

# What is wrong is said at most so often for a line, and for a batch: saying it takes longer than reading a good line.
MOST_ERRORS_OF_LINE = 5
MOST_ERRORS_OF_BATCH = 50

_UNEXPLAINED = f"this line is wrong as well; only the first {MOST_ERRORS_OF_BATCH} errors of a batch are described"

_REQUIRED_FIELDS = frozenset({"currency_from", "currency_to", "amount"})


_NOT_IN_A_BATCH = invalid_input(
    [FieldError("rate_type", "must be 'mid' or 'executable' in a batch: the others are for single conversions")]
)
_BEST_NOT_IN_A_BATCH = invalid_input(
    [FieldError("exchange", f"must be the name of an exchange or null in a batch: `{BEST}` is for single conversions")]
)
_NO_OBJECT = invalid_input([FieldError("conversions", "each line must be a JSON object")])
_REFUSED = invalid_input([FieldError("", _UNEXPLAINED)])
_UNREADABLE = Problem(MALFORMED_REQUEST, f"The body is not a JSON document: {_UNEXPLAINED}.")


# The values of an object by name, and those of an array, not read yet.
read_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
read_lines = msgspec.json.Decoder(list[msgspec.Raw]).decode


def lines_in(body: bytes) -> list[msgspec.Raw]:
    """Return the lines of a body that is known to have them."""
    return read_lines(bytes(read_members(body)["conversions"]))


class UsualDefaults(NamedTuple):
    """What lines have that do not say it themselves, if every line may have it."""

    exchange: str | None
    rate_type: RateType
    cache_max_seconds: int | None
    include_route: bool


class ReadLine(NamedTuple):
    """A line that can be converted."""

    line: ConversionLine
    include_route: bool
    uses_default_exchange: bool


class PlainLines(NamedTuple):
    """Lines that differ in nothing but two currencies and an amount, and what all of them have besides."""

    lines: Sequence[AnyUsualLine]
    defaults: UsualDefaults


class BatchLines:
    """The lines of a batch. A usual one is read at once; any other as the body of a single conversion is."""

    def __init__(
        self, defaults: BatchRequest, count: int, body: bytes | None = None, usual: UsualLines | None = None
    ) -> None:
        self._defaults = defaults
        self._count = count
        self._body = body
        self._usual_defaults = _usual_defaults(defaults)
        self._usual = None if usual is None or self._usual_defaults is None else usual.lines
        self._are_alike = usual is not None and usual.are_alike
        self._others: Sequence[object] | None = None
        self._errors = 0

    def __len__(self) -> int:
        return self._count

    @property
    def plain(self) -> PlainLines | None:
        """The lines if all are plain."""
        if self._usual is None or self._usual_defaults is None or not self._are_alike:
            return None
        return PlainLines(self._usual, _completed(self._usual[0], self._usual_defaults))

    def read(self, number: int) -> ReadLine | Problem:
        """Read a line, the first of which is 0."""
        if self._usual is None or self._usual_defaults is None:
            return self._read_other(number)
        return _read_usual(self._usual[number], self._usual_defaults) or self._read_other(number)

    def _read_other(self, number: int) -> ReadLine | Problem:
        if self._others is None:
            self._others = self._defaults.conversions if self._body is None else lines_in(self._body)
        line = self._others[number]
        if self._usual is None and self._usual_defaults is not None and isinstance(line, msgspec.Raw):
            usual = usual_line(bytes(line))
            read = None if usual is None else _read_usual(usual, self._usual_defaults)
            if read is not None:
                return read
        asked = _read_or_refuse(line) if self._errors >= MOST_ERRORS_OF_BATCH else self._read_or_explain(line)
        return asked if isinstance(asked, Problem) else _with_defaults(asked, self._defaults)

    def _read_or_explain(self, line: object) -> ConvertNowRequest | Problem:
        if not _is_object(line):
            self._errors += 1
            return _NO_OBJECT
        try:
            return (
                convert_request_of(bytes(line)) if isinstance(line, msgspec.Raw) else validated(ConvertNowRequest, line)
            )
        except Problem as problem:
            errors = problem.more.get("errors", [])[: min(MOST_ERRORS_OF_LINE, MOST_ERRORS_OF_BATCH - self._errors)]
            self._errors += max(1, len(errors))
            return invalid_input(errors) if errors else problem


def _is_object(line: object) -> bool:
    return bytes(line).startswith(b"{") if isinstance(line, msgspec.Raw) else isinstance(line, dict)


def _read_or_refuse(line: object) -> ConvertNowRequest | Problem:
    """Read the line, or refuse it without saying what is wrong."""
    try:
        document = strict_json.loads(bytes(line)) if isinstance(line, msgspec.Raw) else line
        if not isinstance(document, dict) or not _may_be_right(document):
            return _REFUSED
        return ConvertNowRequest.model_validate(document)
    except strict_json.MalformedJson:
        return _UNREADABLE
    except ValidationError:
        return _REFUSED


def _may_be_right(document: Mapping[str, object]) -> bool:
    """Tell at once what is wrong in most lines that are: collecting everything takes pydantic ten times as long."""
    if not _REQUIRED_FIELDS <= document.keys() <= ConvertNowRequest.model_fields.keys():
        return False
    try:
        for each in (document["currency_from"], document["currency_to"]):
            if not isinstance(each, str):
                return False
            known_currency(each)
    except InvalidInput:
        return False
    return True


def _usual_defaults(defaults: BatchRequest) -> UsualDefaults | None:
    if not isinstance(defaults.rate_type, RateType) or is_best(defaults.exchange):
        return None
    return UsualDefaults(
        defaults.exchange, defaults.rate_type, defaults.cache_max_seconds, include_route=defaults.include_route
    )


def _read_usual(line: AnyUsualLine, defaults: UsualDefaults) -> ReadLine | None:
    try:
        amount = parse_amount(line.amount_text)
        ends = known_currency(line.currency_from), known_currency(line.currency_to)
    except InvalidInput:
        return None
    if isinstance(line.exchange, str) and is_best(line.exchange):
        return None
    exchange, rate_type, seconds, include_route = _completed(line, defaults)
    converted = ConversionLine(amount, *ends, exchange, rate_type, seconds)
    return ReadLine(converted, include_route, line.exchange is UNSET)


def _completed(line: AnyUsualLine, defaults: UsualDefaults) -> UsualDefaults:
    exchange, seconds, rate_type = line.exchange, line.cache_max_seconds, line.rate_type
    return UsualDefaults(
        defaults.exchange if exchange is UNSET else exchange,
        defaults.rate_type if rate_type is UNSET else rate_type,
        defaults.cache_max_seconds if seconds is UNSET else seconds,
        defaults.include_route if line.include_route is UNSET else line.include_route,
    )


def _with_defaults(asked: ConvertNowRequest, defaults: BatchRequest) -> ReadLine | Problem:
    own = asked.model_fields_set
    rate_type = asked.rate_type if "rate_type" in own else defaults.rate_type
    if not isinstance(rate_type, RateType):
        return _NOT_IN_A_BATCH
    exchange = asked.exchange if "exchange" in own else defaults.exchange
    if is_best(exchange):
        return _BEST_NOT_IN_A_BATCH
    converted = ConversionLine(
        asked.amount,
        asked.currency_from,
        asked.currency_to,
        exchange,
        rate_type,
        asked.cache_max_seconds if "cache_max_seconds" in own else defaults.cache_max_seconds,
    )
    include_route = asked.include_route if "include_route" in own else defaults.include_route
    return ReadLine(converted, include_route, "exchange" not in own)
