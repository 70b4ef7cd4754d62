"""Reads a batch of conversions. A line that is wrong becomes a `Problem` of its own; anything else wrong raises one."""

from collections.abc import Mapping, Sequence
from typing import Annotated, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType
from pydantic import ValidationError

from application.concurrency.cooperative import yield_to_event_loop
from application.rates.batch import LINES_PER_SLICE, ConversionLine
from application.rates.convert_further import is_best
from domain.errors import InvalidInput
from domain.rates.book import RateType
from domain.rates.conversion import parse_amount
from domain.rates.errors import BEST
from entrypoints.http.rates.batch_schemas import MOST_LINES, BatchRequest
from entrypoints.http.rates.convert_requests import convert_request_of
from entrypoints.http.rates.fields import MAX_CACHE_SECONDS, known_currency
from entrypoints.http.rates.schemas import ConvertNowRequest
from entrypoints.http.server import strict_json
from entrypoints.http.server.common_problems import MALFORMED_REQUEST, FieldError, invalid_input
from entrypoints.http.server.problems import Problem
from entrypoints.http.server.request_body import read_strictly
from entrypoints.http.server.validation import validated

# Lines of usual length need less than half of it.
MAX_BATCH_BODY_BYTES = 256 * 1024

# What is wrong is said at most so often for a line, and for a batch: saying it takes longer than reading a good line.
MOST_ERRORS_OF_LINE = 5
MOST_ERRORS_OF_BATCH = 50

# So many good lines take as long to read as one that is unusual or wrong, and as one of which is said what is wrong.
LINES_UNUSUAL = 20
LINES_EXPLAINED = 50

_UNEXPLAINED = f"this line is wrong as well; only the first {MOST_ERRORS_OF_BATCH} errors of a batch are described"

_REQUIRED_FIELDS = frozenset({"currency_from", "currency_to", "amount"})
_REQUIRED = len(_REQUIRED_FIELDS)
_QUOTE = '"'


class UsualLine(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A line in whose fields the quick reader finds nothing unusual. The amount is kept as written."""

    currency_from: str
    currency_to: str
    amount: msgspec.Raw
    exchange: str | UnsetType | None = UNSET
    cache_max_seconds: Annotated[int, msgspec.Meta(ge=0, le=MAX_CACHE_SECONDS)] | UnsetType | None = UNSET
    rate_type: RateType | UnsetType = UNSET
    include_route: bool | UnsetType = UNSET

    @property
    def fields(self) -> int:
        """How many fields it has."""
        optional = (self.exchange, self.cache_max_seconds, self.rate_type, self.include_route)
        return _REQUIRED + sum(each is not UNSET for each in optional)

    @property
    def amount_text(self) -> str:
        """The amount without quotes. An escape in it makes it no amount."""
        text = str(self.amount, "ascii", "replace")
        return text[1:-1] if text[0] == _QUOTE else text


_read_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_read_lines = msgspec.json.Decoder(list[msgspec.Raw]).decode
_read_usual_lines = msgspec.json.Decoder(list[UsualLine]).decode
_read_usual_line = msgspec.json.Decoder(UsualLine).decode


_NOT_IN_A_BATCH = invalid_input(
    [FieldError("rate_type", "must be 'mid' or 'executable' in a batch: the others are for single conversions")]
)
_BEST_NOT_IN_A_BATCH = invalid_input(
    [FieldError("exchange", f"must be the name of an exchange or null in a batch: `{BEST}` is for single conversions")]
)
_REFUSED = invalid_input([FieldError("", _UNEXPLAINED)])
_UNREADABLE = Problem(MALFORMED_REQUEST, f"The body is not a JSON document: {_UNEXPLAINED}.")


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


def batch_in_body(body: bytes) -> "BatchLines":
    """Read the JSON body, but not yet what each line says."""
    return _split(body) or _lines_of(read_strictly(body, BatchRequest))


async def read_all(lines: "BatchLines") -> Sequence[ReadLine | Problem]:
    """Read the lines."""
    if len(lines) > LINES_PER_SLICE:
        await yield_to_event_loop()
    read = []
    for number in range(len(lines)):
        read.append(lines.read(number))
        if lines.work >= LINES_PER_SLICE:
            lines.work = 0
            await yield_to_event_loop()
    return read


class PlainLines(NamedTuple):
    """Lines that say nothing but two currencies and an amount, and what all of them have besides."""

    lines: Sequence[UsualLine]
    defaults: UsualDefaults


class BatchLines:
    """The lines of a batch. A usual one is read at once; any other as the body of a single conversion is.

    `work` grows by as many good lines as would take as long to read.
    """

    def __init__(
        self, defaults: BatchRequest, count: int, text: bytes | None = None, usual: "_UsualLines | None" = None
    ) -> None:
        self._defaults = defaults
        self._count = count
        self._text = text
        self._usual_defaults = _usual_defaults(defaults)
        self._usual = None if usual is None or self._usual_defaults is None else usual.lines
        self._are_plain = usual is not None and usual.are_plain
        self._others: Sequence[object] | None = None
        self._errors = 0
        self.work = 0

    def __len__(self) -> int:
        return self._count

    @property
    def plain(self) -> PlainLines | None:
        """The lines if all are plain."""
        if self._usual is None or self._usual_defaults is None or not self._are_plain:
            return None
        return PlainLines(self._usual, self._usual_defaults)

    def read(self, number: int) -> ReadLine | Problem:
        """Read a line, the first of which is 0."""
        self.work += 1
        if self._usual is None or self._usual_defaults is None:
            return self._read_other(number)
        return _read_usual(self._usual[number], self._usual_defaults) or self._read_other(number)

    def _read_other(self, number: int) -> ReadLine | Problem:
        if self._others is None:
            self._others = self._defaults.conversions if self._text is None else _read_lines(self._text)
        line = self._others[number]
        if self._usual is None and self._usual_defaults is not None and isinstance(line, msgspec.Raw):
            usual = _usual_line(bytes(line))
            read = None if usual is None else _read_usual(usual, self._usual_defaults)
            if read is not None:
                return read
        self.work += LINES_UNUSUAL
        asked = _read_or_refuse(line) if self._errors >= MOST_ERRORS_OF_BATCH else self._read_or_explain(line)
        return asked if isinstance(asked, Problem) else _with_defaults(asked, self._defaults)

    def _read_or_explain(self, line: object) -> ConvertNowRequest | Problem:
        try:
            return (
                convert_request_of(bytes(line)) if isinstance(line, msgspec.Raw) else validated(ConvertNowRequest, line)
            )
        except Problem as problem:
            self.work += LINES_EXPLAINED
            errors = problem.more.get("errors", [])[: min(MOST_ERRORS_OF_LINE, MOST_ERRORS_OF_BATCH - self._errors)]
            self._errors += max(1, len(errors))
            return invalid_input(errors) if errors else problem


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


def _split(body: bytes) -> BatchLines | None:
    """Find the lines in the body without reading them; return None where the body may be wrong."""
    try:
        members = _read_members(body)
        text = bytes(members.pop("conversions"))
        usual = _usual_lines(text)
        count = len(_read_lines(text) if usual is None else usual.lines)
    except (msgspec.DecodeError, KeyError):
        return None
    if count > MOST_LINES:
        validated(BatchRequest, {"conversions": [None] * (MOST_LINES + 1)})
    # Each member has one colon, so none is repeated if no colon is left over.
    own = sum(bytes(member).count(b":") for member in members.values())
    if not 1 <= count <= MOST_LINES or body.count(b":") != text.count(b":") + own + len(members) + 1:
        return None
    defaults = {name: strict_json.loads(bytes(member)) for name, member in members.items()}
    return BatchLines(validated(BatchRequest, {**defaults, "conversions": [None]}), count, text, usual)


def _lines_of(batch: BatchRequest) -> BatchLines:
    return BatchLines(batch, len(batch.conversions))


class _UsualLines(NamedTuple):
    lines: list[UsualLine]
    are_plain: bool


def _usual_lines(text: bytes) -> _UsualLines | None:
    """Read the lines if all are usual, and none repeats a field."""
    try:
        lines = _read_usual_lines(text)
    except msgspec.DecodeError:
        return None
    colons = text.count(b":")
    if colons == _REQUIRED * len(lines):
        return _UsualLines(lines, are_plain=True)
    is_unrepeated = colons == sum(line.fields for line in lines)
    return _UsualLines(lines, are_plain=False) if is_unrepeated else None


def _usual_line(text: bytes) -> UsualLine | None:
    try:
        line = _read_usual_line(text)
    except msgspec.DecodeError:
        return None
    return line if text.count(b":") == line.fields else None


def _usual_defaults(defaults: BatchRequest) -> UsualDefaults | None:
    if not isinstance(defaults.rate_type, RateType) or is_best(defaults.exchange):
        return None
    return UsualDefaults(
        defaults.exchange, defaults.rate_type, defaults.cache_max_seconds, include_route=defaults.include_route
    )


def _read_usual(line: UsualLine, defaults: UsualDefaults) -> ReadLine | None:
    try:
        amount = parse_amount(line.amount_text)
        ends = known_currency(line.currency_from), known_currency(line.currency_to)
    except InvalidInput:
        return None
    exchange, rate_type, seconds = line.exchange, line.rate_type, line.cache_max_seconds
    if exchange is UNSET:
        exchange = defaults.exchange
    elif exchange is not None and is_best(exchange):
        return None
    converted = ConversionLine(
        amount,
        *ends,
        exchange,
        defaults.rate_type if rate_type is UNSET else rate_type,
        defaults.cache_max_seconds if seconds is UNSET else seconds,
    )
    include_route = defaults.include_route if line.include_route is UNSET else line.include_route
    return ReadLine(converted, include_route, line.exchange is UNSET)


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
