"""Server-sent events, from bytes to events: no socket, no clock."""

from dataclasses import dataclass

from crossrate_client.errors import UnexpectedAnswer

# Much more than a rate with the legs of its route.
MOST_BYTES = 1_048_576


@dataclass(frozen=True, slots=True)
class Event:
    """One event, as browsers tell it."""

    name: str
    data: str


class EventReader:
    """Puts events together, and keeps what the next connection needs: the last id, and how long to wait."""

    def __init__(self) -> None:
        self.last_id: str | None = None
        self.retry_seconds: float | None = None
        self.has_heard = False  # anything on this connection
        self._rest = b""
        self._fields: dict[str, str] = {}

    def reconnecting(self) -> None:
        """Forget the half of an event that the last connection ended with."""
        self._rest, self._fields, self.has_heard = b"", {}, False

    def events(self, chunk: bytes) -> list[Event]:
        """Return the events that are complete with this chunk."""
        self.has_heard = True
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) > MOST_BYTES:
            raise UnexpectedAnswer("The stream has a line of more than a mebibyte.")
        return [event for event in map(self._line, lines) if event is not None]

    def _line(self, line: bytes) -> Event | None:
        text = line.removesuffix(b"\r").decode(errors="replace")
        if text:
            name, _, value = text.partition(":")
            self._field(name, value.removeprefix(" "))
            return None
        fields, self._fields = self._fields, {}
        if "id" in fields:
            self.last_id = fields["id"]
        return Event(fields.get("event", "message"), fields["data"]) if "data" in fields else None

    def _field(self, name: str, value: str) -> None:
        if name == "retry" and value.isascii() and value.isdecimal():
            self.retry_seconds = int(value) / 1000
        elif name == "data" and "data" in self._fields:
            self._fields[name] += f"\n{value}"
            if len(self._fields[name]) > MOST_BYTES:
                raise UnexpectedAnswer("The stream has an event of more than a mebibyte.")
        elif name in {"id", "event", "data"}:
            self._fields[name] = value
