"""The problems of all features, composed."""

from itertools import chain

from entrypoints.http.health import problems as health
from entrypoints.http.identity import problems as identity
from entrypoints.http.orders import problems as orders
from entrypoints.http.quotes import problems as quotes
from entrypoints.http.rates import problems as rates
from entrypoints.http.server import common_problems, database_problems, idempotency
from entrypoints.http.server.access import problems as access
from entrypoints.http.server.problems import Problem, ProblemKind, ProblemTable
from entrypoints.http.wallets import problems as wallets
from entrypoints.http.webhooks import problems as webhooks

_FEATURES = (
    rates.PROBLEMS,
    access.PROBLEMS,
    database_problems.PROBLEMS,
    idempotency.PROBLEMS,
    health.PROBLEMS,
    quotes.PROBLEMS,
    identity.PROBLEMS,
    wallets.PROBLEMS,
    orders.PROBLEMS,
    webhooks.PROBLEMS,
    common_problems.PROBLEMS,
)

KINDS: tuple[ProblemKind, ...] = tuple(
    sorted(chain.from_iterable(feature.kinds for feature in _FEATURES), key=lambda kind: kind.status)
)
PROBLEM_TABLE = ProblemTable(_FEATURES)

_EXAMPLES = [PROBLEM_TABLE.problem_of(error) for feature in _FEATURES for error in feature.examples]


def example_of(kind: ProblemKind) -> Problem:
    """Return a problem of this kind, such as the service answers with."""
    return next((each for each in _EXAMPLES if each.kind is kind), Problem(kind, kind.meaning))
