"""Real Redis Clusters and sets of Sentinels on this machine, from Debian's packages."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from tests.servers.packages import packaged
from tests.servers.redis import RedisProcess
from tests.servers.source import free_port

SLOTS = 16384
NAME = "mymaster"
READY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Topology:
    """`url` is for CROSSRATE_REDIS_URL; `servers` are the primary of the job stream and the others."""

    url: str
    servers: list[RedisProcess]

    def kill_primary(self, key: str) -> None:
        """Kill the server that holds this key."""
        for server in self.servers:
            if server.is_running and _holds(server, key):
                server.kill()
                return
        raise AssertionError(f"no primary holds {key}")


@contextlib.contextmanager
def running_cluster(
    folder: Path, *arguments: str, password: str | None = None, is_encrypted: bool = False
) -> Iterator[Topology]:
    """Start three primaries with a replica each, with these `arguments`; the URL has their ports for TLS if asked."""
    binary = packaged("redis-server")
    folder.mkdir(parents=True, exist_ok=True)
    secrets = ["--requirepass", password, "--masterauth", password] if password else []
    with contextlib.ExitStack() as stack:
        buses, ports = [free_port() for _ in range(6)], [free_port() for _ in range(6)]
        servers = []
        for number, (bus, port) in enumerate(zip(buses, ports, strict=True)):
            own = ["--cluster-enabled", "yes", "--cluster-config-file", f"{folder}/{number}.conf"]
            own += ["--cluster-node-timeout", "2000", "--cluster-port", str(bus), *secrets, *arguments]
            own += ["--tls-port", str(port)] if is_encrypted else []
            servers.append(_started(stack, binary, *own, *_files(folder, number), password=password))
        _form_cluster(servers, buses)
        addresses = [f"127.0.0.1:{port}" for port in ports] if is_encrypted else [each.address for each in servers]
        yield Topology(f"redis+cluster://{','.join(addresses[:3])}", servers)


@contextlib.contextmanager
def running_sentinels(folder: Path, *, password: str | None = None) -> Iterator[Topology]:
    """Start a primary, its replica, and three Sentinels; with a `password`, all ask for it."""
    binary, sentinel = packaged("redis-server"), packaged("redis-sentinel")
    folder.mkdir(parents=True, exist_ok=True)
    secrets = ["--requirepass", password, "--masterauth", password] if password else []
    with contextlib.ExitStack() as stack:
        primary = _started(stack, binary, *secrets, *_files(folder, 0), password=password)
        of_it = ["--replicaof", "127.0.0.1", str(primary.port)]
        replica = _started(stack, binary, *secrets, *of_it, *_files(folder, 1), password=password)
        sentinels = []
        for number in range(3):
            configuration = folder / f"sentinel-{number}.conf"
            lines = [f"sentinel monitor {NAME} 127.0.0.1 {primary.port} 2"]
            lines += [f"sentinel down-after-milliseconds {NAME} 1000", f"sentinel failover-timeout {NAME} 2000"]
            if password:
                lines += [f"sentinel auth-pass {NAME} {password}", f"requirepass {password}"]
                lines += [f"sentinel sentinel-pass {password}"]
            configuration.write_text("\n".join(lines) + "\n")
            sentinels.append(_started(stack, sentinel, configuration=configuration, password=password))
        _until(lambda: all(map(_knows_all, sentinels)) and _is_in_step(replica))
        hosts = ",".join(one.address for one in sentinels)
        yield Topology(f"redis+sentinel://{hosts}/{NAME}/0", [primary, replica, *sentinels])


def _files(folder: Path, number: int) -> list[str]:
    # Replication saves a file, which any other Redis that starts beside it would load.
    return ["--dir", str(folder), "--dbfilename", f"{number}.rdb"]


def _started(
    stack: contextlib.ExitStack, binary: Path, *arguments: str, configuration: Path | None = None,
    password: str | None = None,
) -> RedisProcess:  # fmt: skip
    process = RedisProcess(binary, *arguments, configuration=configuration, password=password)
    stack.callback(process.kill)
    process.start()
    return process


def _form_cluster(servers: list[RedisProcess], buses: list[int]) -> None:
    for number, server in enumerate(servers[:3]):
        first, end = number * SLOTS // 3, (number + 1) * SLOTS // 3
        _ask(server, "CLUSTER", "ADDSLOTSRANGE", first, end - 1)
    for server, bus in zip(servers[1:], buses[1:], strict=True):
        _ask(servers[0], "CLUSTER", "MEET", "127.0.0.1", server.port, bus)
    _until(lambda: all(_nodes_known_by(server) == len(servers) for server in servers))
    for primary, replica in zip(servers[:3], servers[3:], strict=True):
        _ask(replica, "CLUSTER", "REPLICATE", _ask(primary, "CLUSTER", "MYID"))
    _until(lambda: all(_is_ready(server) for server in servers))


def _nodes_known_by(server: RedisProcess) -> int:
    return len([line for line in _text(_ask(server, "CLUSTER", "NODES")).splitlines() if "handshake" not in line])


def _is_ready(server: RedisProcess) -> bool:
    is_ok = "cluster_state:ok" in _text(_ask(server, "CLUSTER", "INFO"))
    has_replicas = _text(_ask(server, "CLUSTER", "NODES")).count("slave") == 3
    # A replica that has never been in step is not promoted.
    return is_ok and has_replicas and _is_in_step(server)


def _is_in_step(server: RedisProcess) -> bool:
    return bool(_ask(server, "INFO", "replication").get("master_link_status", "up") == "up")


def _knows_all(sentinel: RedisProcess) -> bool:
    with sentinel.client() as client:
        state = client.sentinel_master(NAME)
    return bool(state["num-other-sentinels"] == 2 and state["num-slaves"] == 1)


def _holds(server: RedisProcess, key: str) -> bool:
    try:
        return bool(_ask(server, "EXISTS", key))
    except redis.RedisError:  # another node's, or a Sentinel
        return False


def _ask(server: RedisProcess, *command: object) -> Any:  # noqa: ANN401 -- whatever Redis answers
    with server.client() as client:
        return client.execute_command(*command)


def _text(answer: Any) -> str:  # noqa: ANN401 -- parsed by the library or not
    return answer.decode() if isinstance(answer, bytes) else str(answer)


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never became ready"
        time.sleep(0.05)
