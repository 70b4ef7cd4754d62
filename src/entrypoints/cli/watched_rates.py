"""What `crossrate watch` shows, whoever tells it."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a pair: a rate with its exchange and the Unix second of the oldest price, or else a `problem`."""

    pair: str
    json: Callable[[], str]
    rate: Decimal | None = None
    exchange: str = ""
    updated_at: int = 0
    problem: str = ""


# Takes what has changed, and the time in Unix seconds.
Show = Callable[[Sequence[Told], float], None]

# Calls it for changes, and now and then without any, since ages move on.
Watch = Callable[[Show], Coroutine[object, object, None]]
