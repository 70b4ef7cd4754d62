"""What a stream tells."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from crossrate_client.errors import Problem
from crossrate_client.models import Leg


@dataclass(frozen=True, slots=True, kw_only=True)
class RateUpdate:
    """The rate of a pair: units of its quote for one base. `updated_at` is when the oldest price was true."""

    pair: str
    rate: Decimal
    exchange: str
    updated_at: datetime
    route: tuple[Leg, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PairProblem:
    """A pair has no rate now. The stream goes on: it may have one later."""

    pair: str
    problem: Problem
