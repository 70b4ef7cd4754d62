"""Connections ended as no server means to."""

import asyncio
import os
import socket
import struct


def reset(transport: asyncio.BaseTransport) -> None:
    """Reset the connection (TCP RST)."""
    # Lingering for no time at all makes the kernel send RST instead of FIN. The option is set on a duplicate of
    # the descriptor, since event loops hand out sockets that refuse to be changed.
    with socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno())) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()
