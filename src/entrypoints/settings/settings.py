"""What can be set from outside, through `CROSSRATE_*` in the environment or in a `.env` file beside the service."""

import os
import sys
from collections.abc import Iterable
from decimal import Decimal
from importlib.util import find_spec
from ipaddress import ip_network
from typing import Annotated, Literal
from urllib.parse import parse_qs, urlsplit

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from domain.errors import RefusedInput
from domain.pair import Pair

RATE_LIMIT = r"^(off|[1-9][0-9]{0,5}/(second|minute|hour|day))$"
SHORTEST_SECRET_BYTES = 32
# What the extra `tracing` brings; each stands in a namespace that others may bring too.
TRACING_PACKAGES = ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http")

# Requests under way at a stop have this long to end; each one's own bounds are tighter. Together with the longest drain
# it is within the 20 seconds that whoever stops a service commonly waits.
FINISH_SECONDS = 10.0

MOST_TRACKED_PAIRS = 50

# More often than that every market would be fetched without a pause, and exchanges would soon close the door.
SHORTEST_SYNC_INTERVAL_SECONDS = 0.5

ExchangeName = Literal["binance", "kucoin"]


class Settings(BaseSettings):
    """Every setting with its default. Raises pydantic's `ValidationError`, which names the variable that is wrong."""

    model_config = SettingsConfigDict(
        env_prefix="CROSSRATE_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 for every interface.")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on.")
    workers: int = Field(2, ge=1, le=64, description="Processes that `make gunicorn` starts.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    log_format: Literal["console", "json"] = Field("console", description="`console` for people, `json` for machines.")

    environment: Literal["production", "development"] = Field(
        "production", description="`development` makes the secret below by itself, as `make run` does."
    )
    jwt_secret: SecretStr | None = Field(
        None, description="Signs the tokens of who signs in: 32 bytes at least, random, the same in all processes."
    )
    require_auth: bool = Field(
        default=False, description="Whether conversions need a token, or a key with the scope `convert`."
    )
    open_registration: bool = Field(
        default=True, description="Whether anyone may register; where not, `crossrate users create` makes accounts."
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Addresses or networks, with commas between, whose `X-Forwarded-For` counts."
    )
    rate_limit_convert: str = Field(
        "off", pattern=RATE_LIMIT, description="Most conversions of a key, a user or an address: 100/minute, or off."
    )
    rate_limit_authenticate: str = Field(
        "30/minute", pattern=RATE_LIMIT, description="Most registrations, logins and refreshes of an address."
    )
    rate_limit_account: str = Field(
        "300/minute", pattern=RATE_LIMIT, description="Most requests for an account and its keys, of a user."
    )
    rate_limit_quotes: str = Field(
        "600/minute", pattern=RATE_LIMIT, description="Most requests for recorded quotes, of a key or a user."
    )
    rate_limit_record: str = Field(
        "10/minute", pattern=RATE_LIMIT, description="Most quotes recorded by hand, of a user with all keys."
    )
    rate_limit_credentials: str = Field(
        "300/minute",
        pattern=RATE_LIMIT,
        description="Most tokens and keys of an address to look up, but for those known to be good.",
    )
    tracing: bool = Field(
        default=False, description="Send traces over OTLP/HTTP, as OTEL_* says; needs `pip install crossrate[tracing]`."
    )
    drain_seconds: float = Field(
        2.0, ge=0, le=8, description="At a stop, seconds to go on answering while readiness is 503 already."
    )
    max_requests_under_way: int = Field(
        2000, ge=1, le=100_000, description="Conversions at a time in one process; more are refused with 503."
    )

    redis_url: SecretStr | None = Field(
        None, description="Redis to share the cache through, such as redis://localhost:6379/0; memory when not set."
    )

    database_url: SecretStr = Field(
        SecretStr("sqlite:///data/crossrate.db"),
        description="What lasts: sqlite:///FILE, made on first start, or postgresql://USER:PASSWORD@HOST/NAME.",
    )

    exchanges: Annotated[tuple[ExchangeName, ...], NoDecode] = Field(
        ("binance", "kucoin"), description="Exchanges to ask, in this order, with commas between."
    )
    # The mirror that Binance keeps for public market data: same answers, no key, and no geo block of the trading API.
    binance_url: str = Field(
        "https://data-api.binance.vision", pattern=r"^https?://", description="Where Binance's REST API answers."
    )
    kucoin_url: str = Field(
        "https://api.kucoin.com", pattern=r"^https?://", description="Where KuCoin's REST API answers."
    )
    connect_timeout_seconds: float = Field(
        1.0, gt=0, le=60, description="Longest time to connect to an exchange, in one attempt."
    )
    attempt_timeout_seconds: float = Field(
        2.0, gt=0, le=60, description="Longest time for one whole attempt at an exchange."
    )

    max_legs: int = Field(3, ge=1, le=3, description="Most trades in one route, 1 to 3.")
    listing_max_age_seconds: float = Field(
        300.0, ge=0, le=86400, description="Oldest list of tradable pairs in use; prices are bounded by each request."
    )

    sync_interval_seconds: float = Field(
        5.0,
        ge=0,
        le=3600,
        description="How often, 0.5 or more, one process fetches every market for all; 0 for only when asked.",
    )

    divergence_threshold_percent: Decimal = Field(
        Decimal(10),
        ge=0,
        le=10**6,
        description="An exchange whose mid of a pair differs by more is no substitute there; 0 lets any stand in.",
    )

    quote_pairs: Annotated[tuple[str, ...], NoDecode] = Field(
        ("BTC/USD", "BTC/USDT", "ETH/USDT"),
        description="Pairs whose rate is recorded each hour, with commas between; `none` for none.",
    )
    alphavantage_api_key: SecretStr | None = Field(
        None,
        description="Key for Alpha Vantage, which has rates in dollars, euros and so on; not asked without.",
    )
    alphavantage_url: str = Field(
        "https://www.alphavantage.co", pattern=r"^https?://", description="Where Alpha Vantage's API answers."
    )
    alphavantage_daily_calls: int = Field(
        25, ge=0, le=10**6, description="Calls a day that the key is good for; those for hours to come are kept."
    )
    jobs_port: int = Field(
        0, ge=0, le=65535, description="Port on which worker and scheduler tell health and metrics; 0 for none."
    )

    job_timeout_seconds: float = Field(
        30.0, gt=0, le=600, description="Longest time for one job; a killed worker's is done again after twice as long."
    )

    @property
    def jobs_abandoned_after_seconds(self) -> float:
        """After how long an unfinished job is taken over: later than whatever it has claimed is free again."""
        return 2 * self.job_timeout_seconds

    @property
    def tracked_pairs(self) -> tuple[Pair, ...]:
        """The pairs that are recorded each hour."""
        return tuple(map(Pair.parse, self.quote_pairs))

    @property
    def has_embedded_database(self) -> bool:
        """Whether what lasts is in a file of the service's own, which it looks after itself."""
        return self.database_url.get_secret_value().startswith("sqlite:")

    @field_validator("exchanges", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(name.strip().lower() for name in value.split(",") if name.strip())
        return value

    @field_validator("exchanges")
    @classmethod
    def _each_once(cls, value: tuple[ExchangeName, ...]) -> tuple[ExchangeName, ...]:
        if not value or len(set(value)) != len(value):
            raise ValueError("name at least one exchange, and each only once")
        return value

    @field_validator("jwt_secret")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value().encode()) < SHORTEST_SECRET_BYTES:
            raise ValueError(f"must have {SHORTEST_SECRET_BYTES} bytes at least")
        return value

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        names = tuple(name.strip() for name in value.split(",") if name.strip())
        for name in names:
            ip_network(name)  # a ValueError that says what is wrong
        return names

    @field_validator("tracing")
    @classmethod
    def _can_trace(cls, value: bool) -> bool:
        if value and not all(_is_installed(name) for name in TRACING_PACKAGES):
            raise ValueError("needs OpenTelemetry, which is not installed: pip install crossrate[tracing]")
        return value

    @field_validator("quote_pairs", mode="before")
    @classmethod
    def _split_pairs(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return (
            () if value.strip().lower() == "none" else tuple(each for each in map(str.strip, value.split(",")) if each)
        )

    @field_validator("quote_pairs")
    @classmethod
    def _pairs(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            pairs = tuple(str(Pair.parse(text)) for text in value)
        except RefusedInput as error:
            raise ValueError(f"a pair {error}") from error
        if len(set(pairs)) != len(pairs) or len(pairs) > MOST_TRACKED_PAIRS:
            raise ValueError(f"name each pair only once, and {MOST_TRACKED_PAIRS} at most")
        return pairs

    @field_validator("sync_interval_seconds")
    @classmethod
    def _off_or_bearable(cls, value: float) -> float:
        if 0 < value < SHORTEST_SYNC_INTERVAL_SECONDS:
            raise ValueError(f"must be {SHORTEST_SYNC_INTERVAL_SECONDS} or more, or 0 for no fetches but when asked")
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        url = value.get_secret_value()
        if not url.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must begin with redis://, rediss:// or unix://")
        try:
            parts = urlsplit(url)
            parts.port  # noqa: B018 -- reading it is what checks it
        except ValueError:
            raise ValueError(
                "must have a host and a port from 0 to 65535"
            ) from None  # its own reason may quote the password
        if any(not option.startswith("ssl_") for option in parse_qs(parts.query, keep_blank_values=True)):
            raise ValueError("may have no options but those of TLS (ssl_...): the others are the service's own")
        return value

    @field_validator("database_url")
    @classmethod
    def _database_address(cls, value: SecretStr) -> SecretStr:
        scheme, _, rest = value.get_secret_value().partition("://")
        if scheme == "sqlite" and rest.startswith("/") and len(rest) > 1 and not set("?#:") & set(rest):
            return value
        if scheme not in {"postgresql", "postgres"}:
            raise ValueError("must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME")
        try:
            parts = urlsplit(value.get_secret_value())
            is_whole = bool(parts.hostname and parts.path.strip("/") and parts.port != 0 and not parts.query)
        except ValueError:
            is_whole = False  # its own reason may quote the password
        if not is_whole:
            raise ValueError("must have a host, a database's name and no options")
        return value


def load_settings() -> Settings:
    """Read the settings from outside. Ends the process, naming each variable that is wrong, where they are unusable."""
    try:
        settings = Settings()
        unknown = sorted(set(_named_outside()) - {f"CROSSRATE_{name}".upper() for name in Settings.model_fields})
    except ValidationError as error:
        wrong = [f"  CROSSRATE_{each['loc'][0]}".upper() + f": {_message(each)}" for each in error.errors()]
        raise SystemExit("\n".join(["These settings cannot be used:", *wrong])) from None
    except UnicodeDecodeError:
        raise SystemExit("The .env file is not UTF-8.") from None
    for name in unknown:
        sys.stderr.write(f"{name} is not a setting of Crossrate, and is passed over.\n")
    return settings


def _is_installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # not even what it stands in
        return False


def _named_outside() -> Iterable[str]:
    names = (*os.environ, *dotenv_values(".env", encoding="utf-8"))
    return (name.upper() for name in names if name.upper().startswith("CROSSRATE_") and not _is_for_tests(name.upper()))


def _is_for_tests(name: str) -> bool:
    return name.startswith("CROSSRATE_TEST_") or name == "CROSSRATE_RECORDED_DATA"


def _message(error: ErrorDetails) -> str:
    return error["msg"].removeprefix("Value error, ")
