"""A recorded stream: lines of {at, dir, raw}, played to every connection from its first subscription on."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import orjson

from entrypoints.simulator.recordings import UnusableRecording, read_bounded


@dataclass(frozen=True, slots=True)
class Replay:
    """The received messages in their order, each with the seconds since the first one."""

    messages: tuple[tuple[float, bytes], ...]

    def due(self, position: int, seconds: float) -> list[bytes]:
        """Return the messages from `position` on that are due after so many seconds."""
        end = position
        while end < len(self.messages) and self.messages[end][0] <= seconds:
            end += 1
        return [raw for _, raw in self.messages[position:end]]


def read_stream(path: Path) -> list[tuple[float, str]]:
    """Return the messages received in a recording, compressed or not, with their times in Unix seconds.

    Raises `UnusableRecording` when it is missing, unreadable or of another form.
    """
    return [
        (at, raw) for line in read_bounded(path).splitlines() for at, way, raw in (_line(path, line),) if way == "recv"
    ]


def replay_of(messages: list[tuple[float, str]], is_price: Callable[[str], bool], speed: float) -> Replay | None:
    """Return the prices among the messages, to be played `speed` times as fast; None if there are none."""
    prices = [(at, raw) for at, raw in messages if is_price(raw)]
    if not prices:
        return None
    return Replay(tuple(((at - prices[0][0]) / speed, raw.encode()) for at, raw in prices))


def _line(path: Path, text: bytes) -> tuple[float, str, str]:
    try:
        line = orjson.loads(text)
        at, way, raw = line["at"], line["dir"], line["raw"]
        orjson.loads(raw)
        return float(at), str(way), raw
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise UnusableRecording(f"{path} is not a recorded stream of lines with at, dir and raw: {error!r}") from error
