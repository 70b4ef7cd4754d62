"""A client of the Crossrate service: what an amount is worth in another currency, and wallets and orders."""

from crossrate_client._async.client import AsyncClient
from crossrate_client._calls import Amount
from crossrate_client._sync.client import Client
from crossrate_client._version import VERSION
from crossrate_client.errors import (
    CrossrateError,
    DeadlineExceeded,
    FieldError,
    Problem,
    ServiceUnreachable,
    UnexpectedAnswer,
)
from crossrate_client.questions import Question
from crossrate_client.retries import Retries
from crossrate_client.updates import PairProblem, RateUpdate

__version__ = VERSION

__all__ = [
    "Amount",
    "AsyncClient",
    "Client",
    "CrossrateError",
    "DeadlineExceeded",
    "FieldError",
    "PairProblem",
    "Problem",
    "Question",
    "RateUpdate",
    "Retries",
    "ServiceUnreachable",
    "UnexpectedAnswer",
    "__version__",
]
