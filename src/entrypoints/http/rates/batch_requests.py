"""Finds the lines in the body of a batch. Anything wrong outside a line raises a `Problem`."""

from collections.abc import Mapping, Sequence

import msgspec

from application.concurrency.cooperative import yield_to_event_loop
from entrypoints.http.rates.batch_lines import BatchLines, ReadLine, read_lines, read_members
from entrypoints.http.rates.batch_schemas import MOST_LINES, BatchRequest
from entrypoints.http.rates.usual_lines import usual_lines
from entrypoints.http.server import strict_json
from entrypoints.http.server.long_answers import made_in_slices
from entrypoints.http.server.problems import Problem
from entrypoints.http.server.request_body import read_strictly
from entrypoints.http.server.validation import validated

# Lines of usual length need less than half of it.
MAX_BATCH_BODY_BYTES = 256 * 1024

# So many take about as long to split into lines as one conversion. Bodies of several batches may arrive together.
BYTES_AT_ONCE = 16 * 1024


async def batch_in_turn(body: bytes) -> BatchLines:
    """Do the same as `batch_in_body`, but let other requests go before a long body."""
    if len(body) > BYTES_AT_ONCE:
        await yield_to_event_loop()
    return batch_in_body(body)


def batch_in_body(body: bytes) -> BatchLines:
    """Read the JSON body, but not yet what each line says."""
    return _split(body) or _lines_of(read_strictly(body, BatchRequest))


async def read_all(lines: BatchLines) -> Sequence[ReadLine | Problem]:
    """Read the lines."""
    return await made_in_slices(range(len(lines)), lines.read)


def _split(body: bytes) -> BatchLines | None:
    """Find the lines in the body without reading those that are unusual; return None where the body may be wrong."""
    usual = usual_lines(body)
    if usual is not None:
        _check_number(len(usual.lines))
        return BatchLines(_shared(usual.members), len(usual.lines), body, usual) if usual.lines else None
    try:
        members = read_members(body)
        text = bytes(members.pop("conversions"))
        count = len(read_lines(text))
    except (msgspec.DecodeError, KeyError):
        return None
    _check_number(count)
    # Each member has one colon, so none is repeated if no colon is left over.
    own = sum(bytes(member).count(b":") for member in members.values())
    if not count or body.count(b":") != text.count(b":") + own + len(members) + 1:
        return None
    return BatchLines(_shared({name: bytes(member) for name, member in members.items()}), count, body)


def _check_number(lines: int) -> None:
    if lines > MOST_LINES:
        validated(BatchRequest, {"conversions": [None] * (MOST_LINES + 1)})


def _shared(members: Mapping[str, bytes]) -> BatchRequest:
    read = {name: strict_json.loads(member) for name, member in members.items()}
    return validated(BatchRequest, {**read, "conversions": [None]})


def _lines_of(batch: BatchRequest) -> BatchLines:
    return BatchLines(batch, len(batch.conversions))
