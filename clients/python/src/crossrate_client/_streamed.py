"""From an event of a stream to what it tells: no socket, no clock."""

import json

from crossrate_client._answers import member, problem
from crossrate_client._decoding import decode
from crossrate_client._events import Event
from crossrate_client.errors import UnexpectedAnswer
from crossrate_client.updates import PairProblem, RateUpdate


def update(event: Event) -> RateUpdate | PairProblem | None:
    """Return what the event tells; None for a kind that this version does not know."""
    if event.name not in {"message", "problem"}:
        return None
    try:
        data = json.loads(event.data)
    except ValueError as error:
        raise UnexpectedAnswer("An event of the stream is no JSON.") from error
    if event.name == "message":
        return decode(RateUpdate, data)
    body = member(data, "problem")
    return PairProblem(pair=str(member(data, "pair")), problem=problem(body if isinstance(body, dict) else {}))
