"""Clients of one Redis, of a Redis Cluster, or of the primary that Sentinels know, by the scheme of the URL.

    redis://HOST:PORT/0, unix://PATH                one server
    redis+cluster://HOST:PORT,HOST:PORT             some nodes of a cluster, which know the others
    redis+sentinel://HOST:PORT,HOST:PORT/NAME/0     some Sentinels, the name of what they watch, and a database

`rediss` encrypts. User and password are those of Redis; the option `sentinel_password` is that of the Sentinels.
"""

import asyncio
from typing import Any, cast
from urllib.parse import urlsplit

from redis.asyncio import BlockingConnectionPool, Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import MovedError, RedisClusterException, RedisError, ResponseError

from adapters.system_errors import with_reason

MAX_CONNECTIONS = 16

REDIS_PORT, SENTINEL_PORT = 6379, 26379

# Whatever a client raises; uvloop adds RuntimeError when the connection was reset before the library writes to it.
NO_ANSWER = (RedisError, RedisClusterException, OSError, TimeoutError, RuntimeError)


def redis_client(
    url: str, *, connect_timeout_seconds: float, read_timeout_seconds: float, legacy_responses: bool = False
) -> Redis:
    """Return a client that gives up early: the library's defaults retry for more than 30 s on a hung server.

    It waits for a free connection as long as for a new one. Nothing is sent before the first call.
    """
    options: dict[str, Any] = {
        "socket_timeout": read_timeout_seconds,
        "socket_connect_timeout": connect_timeout_seconds,
        "health_check_interval": 30,
        # A connection that was lost is replaced once; one that hangs is not waited for a second time.
        "retry": Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        "legacy_responses": legacy_responses,
    }
    scheme = url.partition("://")[0]
    if scheme.endswith("+cluster"):
        return _of_a_cluster(url, options)
    waiting = {"max_connections": MAX_CONNECTIONS, "timeout": connect_timeout_seconds}
    if scheme.endswith("+sentinel"):
        return Redis.from_pool(_pool_of_sentinels(url, options | waiting))
    return Redis.from_pool(BlockingConnectionPool.from_url(url, **options, **waiting))


def reason_of(error: BaseException) -> str:
    """Return why a call failed, and what to set instead where the URL is of another kind than the server."""
    text = str(error).lower()
    if isinstance(error, MovedError):
        return "this is a node of a cluster, so CROSSRATE_REDIS_URL must begin with redis+cluster://"
    if isinstance(error, RedisClusterException) and "not enabled" in text:
        return "this is no cluster, so CROSSRATE_REDIS_URL must begin with redis://"
    if isinstance(error, ResponseError) and text.startswith("unknown command"):
        return "it lacks a command; to Sentinels, CROSSRATE_REDIS_URL begins with redis+sentinel:// and names the group"
    return with_reason(error)


class _BoundedCluster(RedisCluster):
    """Waits for a free connection, where the library's client raises an error, and pings every primary."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 -- the library's
        super().__init__(**options)
        self._slots = asyncio.Semaphore(MAX_CONNECTIONS)

    async def execute_command(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 -- as the library has it
        async with self._slots:
            return await super().execute_command(*arguments, **options)

    async def ping(self, **options: Any) -> Any:  # noqa: ANN401 -- as the library has it
        return await super().ping(target_nodes=self.PRIMARIES, **options)


class _SentinelPool(SentinelConnectionPool, BlockingConnectionPool):
    """Waits for a free connection, and closes the connections to the Sentinels too."""

    async def aclose(self) -> None:
        await super().aclose()
        await self.sentinel_manager.aclose()


def _of_a_cluster(url: str, options: dict[str, Any]) -> Redis:
    hosts, _, server = _parse(url, REDIS_PORT)
    nodes = [ClusterNode(host, port) for host, port in hosts]
    # Beside the slots, connections of subscriptions and of the library's own calls.
    client = _BoundedCluster(startup_nodes=nodes, max_connections=4 * MAX_CONNECTIONS, **options, **server)
    return cast("Redis", client)  # the commands that are used are the same


def _pool_of_sentinels(url: str, options: dict[str, Any]) -> _SentinelPool:
    hosts, (name, *_), server = _parse(url, SENTINEL_PORT)
    own = {key: value for key, value in server.items() if key.startswith("ssl")}
    own |= {key: options[key] for key in ("socket_timeout", "socket_connect_timeout", "retry")}
    own["password"] = server.pop("sentinel_password", None)
    sentinels = Sentinel(hosts, sentinel_kwargs=own)  # type: ignore[no-untyped-call]  # the library's
    return _SentinelPool(name, sentinels, **options, **server)  # type: ignore[no-untyped-call]  # the library's


def _parse(url: str, default_port: int) -> tuple[list[tuple[str, int]], list[str], dict[str, Any]]:
    """Return hosts and ports, the parts of the path, and the options for connections to Redis."""
    scheme, _, rest = url.partition("://")
    netloc = rest.partition("?")[0].partition("/")[0]
    credentials, at, addresses = netloc.rpartition("@")
    split = urlsplit(f"{scheme}://one{rest[len(netloc) :]}")  # newer Pythons refuse a bracket behind another host
    hosts = [urlsplit(f"//{address}") for address in addresses.split(",")]
    path = split.path.strip("/").split("/")
    one = f"{split.scheme.partition('+')[0]}://{credentials}{at}unused/{path[1] if len(path) > 1 else 0}"
    options: dict[str, Any] = dict(parse_url(f"{one}?{split.query}"))
    del options["host"]
    if options.pop("connection_class", None) is not None:
        options["ssl"] = True
    return [(each.hostname or "", each.port or default_port) for each in hosts], path, options
