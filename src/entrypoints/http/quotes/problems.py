"""The problems of recorded quotes."""

from domain.quotes.errors import InvalidPeriod, NotQuoted, NotRecorded, QuoteUnavailable, SourceUnavailable
from domain.rates.errors import FailureReason
from entrypoints.http.rates.problems import not_all_answered, not_offered
from entrypoints.http.server.common_problems import FieldError, invalid_input
from entrypoints.http.server.problems import RETRY_AFTER, Problem, ProblemKind, Problems, sentence_row

NOT_QUOTED = ProblemKind(
    "not-quoted",
    404,
    "Not quoted",
    "Every source asked has answered, and none has a rate for the pair. `reasons` says why for each.",
    members=("reasons",),
)
NOT_RECORDED = ProblemKind("not-recorded", 404, "Not recorded", "No quote of the pair has been recorded yet.")
QUOTES_UNAVAILABLE = ProblemKind(
    "quotes-unavailable",
    503,
    "Quotes unavailable",
    "A source that might have the rate could not be asked. `failures` says why for each. Retry-After is set.",
    members=("failures", "reasons"),
    headers=(RETRY_AFTER,),
)


def _not_quoted(error: NotQuoted) -> Problem:
    return not_offered(NOT_QUOTED, f"No source has a rate for {error.pair}. ", error)


def _quote_unavailable(error: QuoteUnavailable) -> Problem:
    beginning = f"Could not ask every source that might have a rate for {error.pair}. "
    return not_all_answered(QUOTES_UNAVAILABLE, beginning, error)


PROBLEMS = Problems(
    kinds=(NOT_QUOTED, NOT_RECORDED, QUOTES_UNAVAILABLE),
    rows={
        InvalidPeriod: lambda error: invalid_input([FieldError("from", str(error))]),
        NotRecorded: sentence_row(NOT_RECORDED),
        NotQuoted: _not_quoted,
        QuoteUnavailable: _quote_unavailable,
    },
    examples=(
        NotQuoted("BTC/XYZ", {"exchanges": "binance: XYZ is not listed"}),
        NotRecorded("no quote of BTC/XYZ has been recorded yet"),
        QuoteUnavailable(
            "BTC/USD",
            {"alphavantage": SourceUnavailable("alphavantage", FailureReason.TIMEOUT, "no complete answer in time")},
            {"exchanges": "binance: USD is not listed"},
        ),
    ),
)
