"""Composes and checks the addresses of Postgres and Redis: a URL, and separate parts that need no encoding."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from ipaddress import IPv6Address
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlencode, urlsplit

SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")

_MISREAD = re.compile(r"[/?#\[\]@\s]")
# A % that begins no encoding, or that of a letter or digit, which nobody encodes: the text was not encoded.
_NOT_ENCODED = re.compile(r"%(?![0-9A-Fa-f]{2})|%(?:3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa])")
_OPTIONS = re.compile(r"\?(?=ssl|sentinel_|host=|name=|db=)")


@dataclass(frozen=True, slots=True)
class Parts:
    """Parts of an address, unencoded. Those that are set replace the URL's; `options` go into its query."""

    host: str | None = None
    port: int | None = None
    user: str | None = None
    password: str | None = None
    name: str | None = None
    options: tuple[tuple[str, str], ...] = ()

    @property
    def are_set(self) -> bool:
        """Whether any part is set."""
        return any(getattr(self, field.name) not in {None, ()} for field in fields(self))


def postgres_address(url: str, parts: Parts) -> str:
    """Return the URL with the parts in it. Raises `ValueError` when the result is incomplete or wrong."""
    if url.startswith("sqlite:") and parts.are_set:
        if parts.host is None:
            raise ValueError("must name a Postgres where its user or password is set; or set CROSSRATE_DATABASE_HOST")
        url = "postgresql://"
    if url.startswith("unix://"):
        url = _postgres_over_a_socket(split_url(url, "CROSSRATE_DATABASE_PASSWORD"))
    split = split_url(url, "CROSSRATE_DATABASE_PASSWORD")
    options = options_in(
        split, {"host", "sslmode", "sslrootcert", "sslcert", "sslkey", "pooler"}, "sslmode and sslrootcert"
    )
    options |= dict(parts.options)
    if parts.host is not None:
        options.pop("host", None)
        if parts.host.startswith("/"):  # the folder of its socket, as Postgres users write it
            options["host"] = parts.host
    if options.get("sslmode", "disable") not in SSL_MODES:
        raise ValueError(f"its sslmode must be one of {', '.join(SSL_MODES)}")
    netloc, path = netloc_with(split, parts), path_with(split, parts)
    if not (host_in(split, parts) or "host" in options) or not path.strip("/") or split.port == 0:
        raise ValueError("must have a host and a database's name, in the URL or as CROSSRATE_DATABASE_HOST and _NAME")
    return f"{split.scheme}://{netloc}{path}{query_of(options)}" if parts.are_set else url


def split_url(url: str, password_setting: str) -> SplitResult:
    """Return the parts of a URL of one host. Raises `ValueError`, with `password_setting` for what is not encoded."""
    check_encoding(url, f", or set {password_setting}, which takes a password as it is")
    try:
        split = urlsplit(url)
        split.port  # noqa: B018 -- reading it is what checks it
    except ValueError:
        # Its own reason may quote the password.
        raise ValueError("must have a host and a port from 0 to 65535") from None
    return split


def split_hosts(url: str) -> tuple[SplitResult, str]:
    """Return the parts of a URL of several hosts with `one` in their place, and the hosts.

    Newer Pythons refuse a URL in which a bracket follows another host.
    """
    scheme, _, rest = url.partition("://")
    netloc = rest.partition("?")[0].partition("/")[0]
    credentials, at, hosts = netloc.rpartition("@")
    return urlsplit(f"{scheme}://{credentials}{at}one{rest[len(netloc) :]}"), hosts


def check_encoding(url: str, otherwise: str = "") -> None:
    """Raise `ValueError` if the user or password is not encoded: what to write, and what to do `otherwise`."""
    rest = _OPTIONS.split(url.partition("://")[2])[0]
    credentials, at, _ = rest.rpartition("@")
    if not at:
        return
    wrong = _MISREAD.search(credentials) or _NOT_ENCODED.search(credentials)
    if wrong is not None:
        one = wrong.group()[0]
        raise ValueError(f"has {one!r} in its user or password; write it as {quote(one, safe='')}{otherwise}")


def options_in(split: SplitResult, allowed: set[str], named: str) -> dict[str, str]:
    """Return the options of a URL. Raises `ValueError` for others than those `allowed`, which are `named`."""
    options = parse_qs(split.query, keep_blank_values=True)
    if not set(options) <= allowed:
        raise ValueError(f"may have no options but {named}: the others are the service's own")
    return {name: values[-1] for name, values in options.items()}


def host_alone(written: str, setting: str, *, may_be_folder: bool = False) -> str:
    """Return a host as a part, without brackets. Raises `ValueError` for more than a host, which may hold a password.

    `setting` begins the names of the settings that the rest belongs into, such as CROSSRATE_REDIS.
    """
    if may_be_folder and written.startswith("/"):
        return written
    host = written[1:-1] if written.startswith("[") and written.endswith("]") else written
    if ":" in host:
        try:
            IPv6Address(host.partition("%")[0])
        except ValueError:
            raise ValueError(
                f"must be a host alone; its port goes into {setting}_PORT, the rest into {setting}_USER, "
                f"_PASSWORD and others, and a URL into {setting}_URL"
            ) from None
    elif _MISREAD.search(host) or not host:
        raise ValueError(
            f"must be a host alone, such as db.example; user and password go into {setting}_USER and {setting}_PASSWORD"
        )
    return host


def host_in(split: SplitResult, parts: Parts) -> str:
    """Return the host, "" for none."""
    return parts.host if parts.host is not None else split.hostname or ""


def netloc_with(split: SplitResult, parts: Parts) -> str:
    """Return user, password, host and port as a URL has them."""
    host, port = host_in(split, parts), parts.port if parts.port is not None else split.port
    user = parts.user if parts.user is not None else unquote(split.username or "")
    password = parts.password if parts.password is not None else unquote(split.password or "")
    host = "" if host.startswith("/") else f"[{host}]" if ":" in host else host
    credentials = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    return (f"{credentials}@" if credentials else "") + host + ("" if port is None else f":{port}")


def path_with(split: SplitResult, parts: Parts) -> str:
    """Return the path, in which the name is."""
    return split.path if parts.name is None else f"/{quote(parts.name, safe='')}"


def query_of(options: Mapping[str, str]) -> str:
    """Return the options as a URL has them."""
    return f"?{urlencode(options)}" if options else ""


def _postgres_over_a_socket(split: SplitResult) -> str:
    """Rewrite unix://USER:PASSWORD@/FOLDER?name=NAME."""
    name = options_in(split, {"name"}, "the database's name").get("name", "")
    return f"postgresql://{split.netloc}/{quote(name, safe='')}?{urlencode({'host': unquote(split.path)})}"
