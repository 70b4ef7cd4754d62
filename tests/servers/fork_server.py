"""A command `crossrate` for shell scripts whose processes are forked, see `forked`, with the streams of the script."""

import json
import os
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path

from tests.servers.forked import FORKS, run_here

STREAMS = 3

# Without the site's packages, so that it starts in a hundredth of a second.
_COMMAND = """#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    socket.send_fds(server, [b"x"], [0, 1, 2])
    server.sendall(json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode() + b"\\n")
    status = int(server.makefile().read() or 1)
if status < 0:
    os.kill(os.getpid(), -status)
sys.exit(status)
"""


@contextmanager
def forking_command(command: Path, address: Path) -> Iterator[None]:
    """Write the command, and serve what it asks for at `address`, a socket, inside the block."""
    command.write_text(_COMMAND.format(python=sys.executable, address=str(address)))
    command.chmod(0o755)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(address))
        server.listen()
        threading.Thread(target=_serve, args=(server,), daemon=True).start()
        try:
            yield
        finally:
            server.shutdown(socket.SHUT_RDWR)


def _serve(server: socket.socket) -> None:
    with suppress(OSError):  # it is closed
        while True:
            threading.Thread(target=_answer, args=(server.accept()[0],), daemon=True).start()


def _answer(client: socket.socket) -> None:
    with client:
        streams = [Connection(number) for number in socket.recv_fds(client, 1, STREAMS)[1]]
        arguments, folder, environment = json.loads(client.makefile().readline())
        process = FORKS.Process(target=_run, args=(tuple(arguments), folder, environment, streams))
        process.start()
        for stream in streams:
            stream.close()
        wait([process.sentinel, client])
        process.kill()  # the command is gone, if it still runs
        process.join()
        with suppress(OSError):
            client.sendall(str(process.exitcode).encode())
        process.close()


def _run(arguments: tuple[str, ...], folder: str, environment: Mapping[str, str], streams: list[Connection]) -> None:
    for number, stream in enumerate(streams):
        os.dup2(stream.fileno(), number)
        stream.close()
    run_here(arguments, Path(folder), environment)
