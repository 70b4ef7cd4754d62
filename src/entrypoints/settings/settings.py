"""All settings, read from `CROSSRATE_*` variables in the environment or in a `.env` file in the working folder."""

import os
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsConfigDict

from entrypoints.nearest import did_you_mean
from entrypoints.settings.brokers import BrokerSettings
from entrypoints.settings.env_file import ambiguous_lines, lines_of
from entrypoints.settings.group import SettingsGroup, is_service_link
from entrypoints.settings.identity import IdentitySettings
from entrypoints.settings.integrations import IntegrationSettings
from entrypoints.settings.jobs import JobSettings
from entrypoints.settings.market_data import MarketDataSettings
from entrypoints.settings.messages import settings_message
from entrypoints.settings.orders import OrderSettings
from entrypoints.settings.outgoing_proxy import unusable_proxies
from entrypoints.settings.quotes import QuoteSettings
from entrypoints.settings.rate_limits import RateLimitSettings
from entrypoints.settings.rates import RateSettings
from entrypoints.settings.server import ServerSettings
from entrypoints.settings.setting_files import SUFFIX, UnusableFileError, named_files, read_setting
from entrypoints.settings.storage import StorageSettings
from entrypoints.settings.wallets import WalletSettings
from entrypoints.settings.webhooks import WebhookSettings

# Orchestrators also set these for a service `crossrate`, or one with a longer name such as `crossrate-api`.
_LINK_DETAIL = re.compile(
    r"CROSSRATE_(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)"
)

ENV_FILE = Path(".env")
PREFIX = "CROSSRATE_"

GROUPS: tuple[type[SettingsGroup], ...] = (
    ServerSettings,
    StorageSettings,
    IdentitySettings,
    RateLimitSettings,
    MarketDataSettings,
    RateSettings,
    QuoteSettings,
    WalletSettings,
    OrderSettings,
    BrokerSettings,
    WebhookSettings,
    IntegrationSettings,
    JobSettings,
)


class Settings(
    # In the reverse order of GROUPS: the fields of the last class come first. Validators must differ in their names.
    JobSettings,
    IntegrationSettings,
    WebhookSettings,
    BrokerSettings,
    OrderSettings,
    WalletSettings,
    QuoteSettings,
    RateSettings,
    MarketDataSettings,
    RateLimitSettings,
    IdentitySettings,
    StorageSettings,
    ServerSettings,
):
    """Every setting with its default. Raises pydantic's `ValidationError`, which names the variable that is wrong."""

    model_config = SettingsConfigDict(defer_build=False)

    @property
    def called_urls(self) -> dict[str, str]:
        """The base URLs of the exchanges and brokers, of Alpha Vantage where it has a key, and of the bank if used."""
        urls = {name: self.url_of(name) for name in self.exchanges} | self.trading_urls
        if self.has_reference_rates:
            urls["ecb"] = self.ecb_url
        return urls | ({"alphavantage": self.alphavantage_url} if self.alphavantage_api_key else {})


if len(Settings.model_fields) != sum(len(group.model_fields) for group in GROUPS):
    raise ValueError("a setting of an installed exchange has the name of another setting")


def load_settings(**given: Any) -> Settings:  # noqa: ANN401 -- each field has its type
    """Read the settings. If they are unusable, ends the process and names each wrong variable.

    `given` fields, such as those of a command line, take precedence over variables.
    """
    files: dict[str, Path] = {}
    try:
        ambiguous = ambiguous_lines(ENV_FILE)
        if ambiguous:
            raise _unusable(ambiguous)
        files = named_files(ENV_FILE, _known())
        settings = Settings(**_read(files) | given)
        unknown = sorted(set(_variables()) - {*_known(), *(f"{name}{SUFFIX}" for name in _known())})
    except UnusableFileError as error:
        raise _unusable([str(error)]) from None
    except ValidationError as error:
        raise _unusable(
            f"{_variable(each)}{_place_of(_variable(each), files)}: "
            + settings_message(each, Settings.model_fields[str(each["loc"][0])])
            for each in error.errors()
        ) from None
    except UnicodeDecodeError:
        raise SystemExit("The .env file is not UTF-8.") from None
    except OSError as error:
        raise SystemExit(f"The .env file cannot be read: {error.strerror}.") from None
    if wrong := unusable_proxies(settings.called_urls | settings.feed_session_urls):
        raise _unusable(wrong)
    _name_ignored(unknown)
    return settings


def _name_ignored(unknown: Iterable[str]) -> None:
    links = sorted(name for name, value in os.environ.items() if _is_service_link(name, value))
    for name in links:
        sys.stderr.write(f"{name} was set for a service of that name, not for Crossrate, and is ignored.\n")
    for name in unknown:
        near = did_you_mean(name.removeprefix(PREFIX), (field.upper() for field in Settings.model_fields))
        meant = near.replace("mean ", f"mean {PREFIX}") or "."
        sys.stderr.write(f"{name} is not a setting of Crossrate and is ignored{meant}\n")


def _known() -> list[str]:
    return [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]


def _read(files: Mapping[str, Path]) -> dict[str, str]:
    return {name.removeprefix(PREFIX).lower(): read_setting(name, file) for name, file in files.items()}


def _unusable(wrong: Iterable[str]) -> SystemExit:
    return SystemExit("\n  ".join(["These settings cannot be used:", *wrong]))


def _is_service_link(name: str, value: str) -> bool:
    return name.upper().startswith("CROSSRATE_") and is_service_link(value)


def _variables() -> Iterable[str]:
    ours = (
        name for name, value in os.environ.items() if not _is_service_link(name, value) and not _is_link_detail(name)
    )
    names = (*ours, *dotenv_values(ENV_FILE, encoding="utf-8"))
    return (
        name.upper() for name in names if name.upper().startswith("CROSSRATE_") and not _is_for_others(name.upper())
    )


def _is_link_detail(name: str) -> bool:
    """Tell whether a variable belongs to a service link: the service's host, or a detail of one of its ports."""
    return _LINK_DETAIL.fullmatch(name.upper()) is not None


def _is_for_others(name: str) -> bool:
    """Tell whether a variable is for tests, or for the client package."""
    return name.startswith(("CROSSRATE_TEST_", "CROSSRATE_CLIENT_")) or name == "CROSSRATE_RECORDED_DATA"


def _variable(error: ErrorDetails) -> str:
    return f"{PREFIX}{error['loc'][0]}".upper()


def _place_of(name: str, files: Mapping[str, Path]) -> str:
    """Return its file, or the line of `.env` that sets it, or nothing where it is set elsewhere."""
    if name in files:
        return f" ({files[name]})"
    is_in_environment = any(each.upper() == name and value for each, value in os.environ.items())
    line = None if is_in_environment else lines_of(ENV_FILE).get(name)
    return "" if line is None else f" ({ENV_FILE} line {line})"
