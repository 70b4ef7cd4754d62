"""Limits what a client sends over a WebSocket, so that many small frames cannot take long to read.

aiohttp reads all frames that have arrived, and answers each ping, before anything else happens: a quarter of a megabyte
of pings, a single packet of the loop, takes half a second. Streams take no messages, so clients send a pong now and
then, and some a ping.
"""

# A message of `MAX_MESSAGE_BYTES` with its frame, so that whoever sends one is told why it is refused. And what clients
# with short intervals send: of the shortest ping, 21 a second.
MOST_BYTES, BYTES_PER_SECOND = 1100, 128.0


class FrameAllowance:
    """How many bytes a client may send: some at once, and more with time. It ends with the first byte too many."""

    __slots__ = ("_at", "_left", "is_exceeded")

    def __init__(self, now: float) -> None:
        """`now` is in seconds of any clock that never goes back."""
        self._at = now
        self._left = float(MOST_BYTES)
        self.is_exceeded = False

    def admitted(self, data: bytes, now: float) -> bytes:
        """Return what may be read of these bytes."""
        if self.is_exceeded:
            return b""
        self._left = min(MOST_BYTES, self._left + (now - self._at) * BYTES_PER_SECOND)
        self._at = now
        read = data[: int(self._left)]
        self.is_exceeded = len(read) < len(data)
        self._left -= len(read)
        return read
