"""What happened in one simulated life, for whoever looks for the reason of a failure."""

from typing import Protocol


class Timed(Protocol):
    """Tells the time."""

    def time(self) -> float: ...


class Story:
    """Events in their order. Nothing is formatted before somebody reads it."""

    def __init__(self, loop: Timed) -> None:
        self._loop = loop
        self._events: list[tuple[float, object, str, tuple[object, ...]]] = []

    def tell(self, who: object, what: str, *details: object) -> None:
        """Note what somebody did or met. `details` are values that never change."""
        self._events.append((self._loop.time(), who, what, details))

    def lines(self) -> list[str]:
        """Return a line for each event."""
        return [
            f"{time:12.6f}  {who!s:<12} {what} {' '.join(map(str, details))}".rstrip()
            for time, who, what, details in self._events
        ]
