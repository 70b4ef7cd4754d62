"""Reads bodies within a bound on their size."""

import aiohttp

from application.concurrency.cooperative import yield_to_event_loop

# Little is decompressed in advance, because 256 KB block the event loop for about a millisecond.
UNPACKED_AHEAD_BYTES = 64 * 1024


class BodyTooLarge(Exception):
    """The body is over the bound, which the message names."""


async def whole_body(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    """Return the decompressed body, a piece at a time. Raises `BodyTooLarge`."""
    _end_stall_timeout_with_body(response)
    chunks, size = [], 0
    async for chunk in response.content.iter_any():
        chunks.append(chunk)
        size += len(chunk)
        if size > max_bytes:
            raise BodyTooLarge(f"the body is over {max_bytes} bytes")
        await yield_to_event_loop()  # further chunks may be buffered already, and decompressing them takes time
    return b"".join(chunks)


def _end_stall_timeout_with_body(response: aiohttp.ClientResponse) -> None:
    """Keep the connection usable for longer than the stall timeout.

    Where a body filled aiohttp's buffer, aiohttp starts this timeout again after the last byte. It then ends the idle
    connection, and the next call, which gets that connection, fails at once. aio-libs/aiohttp#12953 mended the same for
    bodies that fit into the buffer.
    """
    protocol = response.connection.protocol if response.connection is not None else None
    if protocol is not None:
        response.content.on_eof(lambda: setattr(protocol, "read_timeout", None))
