"""The address of Redis: of one server, of some nodes of a cluster, or of Sentinels and what they watch."""

import re
from urllib.parse import SplitResult, parse_qs

from entrypoints.settings.addresses import (
    Parts,
    check_encoding,
    host_in,
    netloc_with,
    options_in,
    path_with,
    query_of,
    split_hosts,
    split_url,
)

SENTINEL_PASSWORD = "sentinel_password"  # noqa: S105 -- the name of an option

_SETTING = "CROSSRATE_REDIS_PASSWORD"
_ONE_SERVER = ("redis", "rediss", "unix")
_SEVERAL = ("redis+cluster", "rediss+cluster", "redis+sentinel", "rediss+sentinel")


def redis_address(url: str | None, parts: Parts, *, tls: bool) -> str | None:
    """Return the URL with the parts in it, None where there is neither.

    Raises `ValueError` where they make no whole address.
    """
    if url is None:
        if parts.host is None:
            if parts.are_set or tls:
                raise ValueError("must be set where its port, user, password or TLS is; or set CROSSRATE_REDIS_HOST")
            return None
        url = "redis://"
    scheme = url.partition("://")[0]
    if "://" not in url or scheme not in _ONE_SERVER + _SEVERAL:
        schemes = [f"{each}://" for each in _ONE_SERVER + _SEVERAL]
        raise ValueError(f"must begin with {', '.join(schemes[:-1])} or {schemes[-1]}")
    if not scheme.endswith("+sentinel") and SENTINEL_PASSWORD in dict(parts.options):
        raise ValueError("names no Sentinels, so CROSSRATE_REDIS_SENTINEL_PASSWORD must not be set")
    address = _of_one_server if scheme in _ONE_SERVER else _of_several
    return address(url, parts, tls=tls)


def _of_one_server(url: str, parts: Parts, *, tls: bool) -> str:
    split = split_url(url, _SETTING)
    is_socket = split.scheme == "unix"
    options = _options(split, {"db"} if is_socket else set()) | dict(parts.options)
    path = split.path if is_socket else path_with(split, parts)
    if is_socket and not path.strip("/"):
        raise ValueError("must name the socket: unix:///run/redis/redis.sock")
    if not is_socket and not host_in(split, parts):
        raise ValueError("must have a host and a port from 0 to 65535")
    if not is_socket and not re.fullmatch(r"/?\d*", path):
        raise ValueError("must end with the number of a database, such as /0, or with none")
    scheme = "rediss" if tls and not is_socket else split.scheme
    return f"{scheme}://{netloc_with(split, parts)}{path}{query_of(options)}" if parts.are_set or tls else url


def _of_several(url: str, parts: Parts, *, tls: bool) -> str:
    check_encoding(url, f", or set {_SETTING}, which takes a password as it is")
    split, hosts = split_hosts(url)
    scheme, _, kind = split.scheme.partition("+")
    if not all(split_url(f"//{host}", _SETTING).hostname for host in hosts.split(",")):
        raise ValueError("must name its hosts as HOST:PORT,HOST:PORT")
    if parts.host is not None or parts.port is not None:
        raise ValueError("names its hosts itself, so CROSSRATE_REDIS_HOST and _PORT must not be set")
    path = _of_cluster(split, parts) if kind == "cluster" else _of_sentinels(split, parts)
    options = _options(split, {SENTINEL_PASSWORD} if kind == "sentinel" else set()) | dict(parts.options)
    user = netloc_with(split, parts).removesuffix("one")
    return f"{'rediss' if tls else scheme}+{kind}://{user}{hosts}{path}{query_of(options)}"


def _of_cluster(split: SplitResult, parts: Parts) -> str:
    if path_with(split, parts).strip("/") not in {"", "0"}:
        raise ValueError("must name no database: a cluster has only number 0")
    return ""


def _of_sentinels(split: SplitResult, parts: Parts) -> str:
    name, _, database = split.path.strip("/").partition("/")
    if not name or not re.fullmatch(r"\d*", database):
        raise ValueError("must end with the name of what the Sentinels watch, and its database: /mymaster/0")
    return f"/{name}/{database or 0 if parts.name is None else parts.name}"


def _options(split: SplitResult, more: set[str]) -> dict[str, str]:
    allowed = {name for name in parse_qs(split.query, keep_blank_values=True) if name.startswith("ssl_")}
    return options_in(split, allowed | more, "those of TLS (ssl_...)")
