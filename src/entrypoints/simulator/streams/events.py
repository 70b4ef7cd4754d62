"""Faults that happen at once, to all open connections."""

import asyncio
from collections.abc import Iterable

from entrypoints.simulator.streams.connection import Connection
from entrypoints.simulator.streams.kinds import Close, Drop, HalfMessage, Reset, Say, ServerShutdown, StreamFault
from entrypoints.simulator.streams.protocol import GOING_AWAY

_HALF = b'{"stream":"btcusdt@bookTicker","data":{"u":1,"s":"BTCUSDT","b":"1.0'


def happens(fault: StreamFault, connections: Iterable[Connection], milliseconds: int) -> bool:
    """Do it to them, and tell whether the fault is such a one. `milliseconds` is the present Unix time."""
    for connection in list(connections):
        match fault:
            case Reset():
                connection.cut("reset", resets=True)
            case Drop():
                connection.cut("dropped")
            case Close(code=code, reason=reason):
                connection.close(code, reason)
            case HalfMessage(within=within):
                connection.cut("half a message", after=_HALF, is_fragment=within == "fragments")
            case Say(messages=messages, times=times):
                connection.send([message.encode() for message in messages] * times)
            case ServerShutdown():
                _shut_down(connection, fault, milliseconds)
    return isinstance(fault, Reset | Drop | Close | HalfMessage | Say | ServerShutdown)


def _shut_down(connection: Connection, fault: ServerShutdown, milliseconds: int) -> None:
    notice = connection.session.shutdown_notice(milliseconds)
    if notice is not None:
        connection.send([notice])
    loop = asyncio.get_running_loop()
    loop.call_later(fault.milliseconds / 1000, connection.close, GOING_AWAY, "Server shutdown")
