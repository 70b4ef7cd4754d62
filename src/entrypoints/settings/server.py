"""How the service listens, logs and stops."""

import re
from importlib.util import find_spec
from ipaddress import ip_network
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from entrypoints.settings.group import SettingsGroup, comma_separated
from entrypoints.settings.origins import origin

# Modules of the extra `tracing`. Other packages share their namespaces, so these must be checked.
TRACING_PACKAGES = ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http")
# Not `crossrate[tracing]`: on a package index that name may be somebody else's.
INSTALL_TRACING = "pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http"

# Requests in progress at a stop have this long to finish; their own limits are tighter. Together with the longest
# drain it stays within the 20 seconds that service managers commonly wait.
FINISH_SECONDS = 10.0

# One without a letter in its last part would be an address, and is rejected if it is not a right one.
_HOST_NAME = re.compile(r"(?:[A-Za-z0-9_-]{1,63}\.)*(?!\d+\.?$)[A-Za-z0-9_-]{1,63}\.?")


class ServerSettings(SettingsGroup):
    """The process itself."""

    TITLE: ClassVar[str] = "Server"

    host: str = Field(
        "127.0.0.1", min_length=1, description="Address to listen on; `0.0.0.0` for every interface, `::` for IPv6 too."
    )
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on.")
    workers: int = Field(2, ge=1, le=64, description="Worker processes that `make gunicorn` starts.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Lowest level that is logged: `debug`, `info`, `warning` or `error`."
    )
    log_format: Literal["console", "json"] = Field("console", description="`console` for people, `json` for machines.")
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Comma-separated addresses, networks or host names of proxies whose `X-Forwarded-For`, "
        "`Forwarded`, `X-Forwarded-Proto` and `X-Forwarded-Prefix` headers are trusted; `unix` for connections over a "
        "Unix socket. Behind a proxy that is not named here, all callers count as one address.",
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Comma-separated origins, such as `https://app.example`, whose web pages may use the service from "
        "a browser; `*` for all, without the browser's own credentials. Empty for none.",
    )
    max_requests_under_way: int = Field(
        2000,
        ge=1,
        le=100_000,
        description="Conversions that one process handles at a time; more are rejected with 503.",
    )
    max_streams: int = Field(
        2000, ge=0, le=100_000, description="Streams of rates that one process has open; more are rejected with 503."
    )
    max_connections_per_address: int = Field(
        512,
        ge=0,
        le=100_000,
        description="Connections that one process holds for one address, or /64 network of IPv6; 0 for any number. "
        "Trusted proxies have as many as they open.",
    )
    fast_lane: bool = Field(
        default=True,
        description="Answer plain conversions at prices in memory in the shortest way; `off` has the web framework "
        "answer them, alike but slower.",
    )
    drain_seconds: float = Field(
        2.0, ge=0, le=8, description="Seconds for which a stopping process still answers, but reports not ready."
    )
    tracing: bool = Field(
        default=False,
        description=f"Send traces over OTLP/HTTP, configured by `OTEL_*` variables; needs `{INSTALL_TRACING}`.",
    )

    @field_validator("host")
    @classmethod
    def _without_brackets(cls, value: str) -> str:
        return value[1:-1] if value.startswith("[") and value.endswith("]") else value

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        names = comma_separated(value)
        if isinstance(value, str) and isinstance(names, tuple):
            for name in names:
                if name != "unix" and _HOST_NAME.fullmatch(name) is None:
                    _check_network(name)
        return names

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _origins(cls, value: object) -> object:
        names = comma_separated(value)
        if not isinstance(names, tuple):
            return names
        if "*" in names and len(names) > 1:
            raise ValueError("must be either * or a list of origins")
        return tuple(name if name == "*" else origin(name) for name in names)

    @field_validator("tracing")
    @classmethod
    def _can_trace(cls, value: bool) -> bool:
        if value and not all(_is_installed(name) for name in TRACING_PACKAGES):
            raise ValueError(f"needs OpenTelemetry, which is not installed: {INSTALL_TRACING}")
        return value


def _check_network(text: str) -> None:
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{text} is no address, network or host, such as 10.0.0.5, 10.0.0.0/8 or proxy") from None
    try:
        ip_network(text)
    except ValueError:
        raise ValueError(f"{text} is an address within a network; did you mean {network}?") from None


def _is_installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # its parent package is missing too
        return False
