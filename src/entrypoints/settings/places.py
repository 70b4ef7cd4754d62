"""Where the database and Redis are, in words that may be shown: without users, passwords and options."""

from ipaddress import ip_address
from urllib.parse import parse_qs, unquote, urlsplit

from entrypoints.settings.addresses import split_hosts
from entrypoints.settings.settings import Settings

POSTGRES_PORT, REDIS_PORT = 5432, 6379


def database_place(settings: Settings) -> str:
    """Return the file of SQLite, or the host, port and name of Postgres."""
    file = settings.embedded_database_file
    if file is not None:
        return f"the database in {file.absolute()}"
    parts = urlsplit(settings.database_url.get_secret_value())
    socket = "".join(parse_qs(parts.query).get("host", []))
    name = unquote(parts.path.strip("/"))
    where = socket if socket and not parts.hostname else _address(parts.hostname, parts.port or POSTGRES_PORT)
    return f"the database {name} on {where}"


def is_database_here(settings: Settings) -> bool:
    """Tell whether the database is a file, or is reached over a socket or the loopback interface of this machine."""
    if settings.has_embedded_database:
        return True
    parts = urlsplit(settings.database_url.get_secret_value())
    host = "".join(parse_qs(parts.query).get("host", [])) or parts.hostname or ""
    try:
        return host.startswith("/") or host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def redis_place(settings: Settings) -> str:
    """Return the hosts and ports of Redis, or its socket; an empty text where none is set."""
    if settings.redis_url is None:
        return ""
    url = settings.redis_url.get_secret_value()
    parts, hosts = split_hosts(url)
    if parts.scheme.endswith("+cluster"):
        return f"the Redis Cluster on {hosts}"
    if parts.scheme.endswith("+sentinel"):
        return f"Redis {parts.path.strip('/').partition('/')[0]} of the Sentinels on {hosts}"
    if parts.scheme == "unix":
        return f"Redis on {parts.path}"
    parts = urlsplit(url)
    return f"Redis on {_address(parts.hostname, parts.port or REDIS_PORT)}"


def _address(host: str | None, port: int) -> str:
    return f"[{host}]:{port}" if host and ":" in host else f"{host}:{port}"
