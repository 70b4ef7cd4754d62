"""How many requests callers may make."""

import re
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from entrypoints.nearest import did_you_mean
from entrypoints.settings.group import SettingsGroup

UNITS = ("second", "minute", "hour", "day")
MOST_REQUESTS = 999_999

_WRITTEN = re.compile(r"([0-9]+)/([a-z]+)")
# What people write elsewhere, for a suggestion.
_LOOSELY = re.compile(r"([0-9]+)\s*(?:/|per|a|an)?\s*([a-z]+?)s?", re.IGNORECASE)


def _check(text: str) -> str:
    if text == "off":
        return text
    written = _WRITTEN.fullmatch(text)
    if written and written[2] in UNITS and 1 <= int(written[1]) <= MOST_REQUESTS:
        return text
    raise ValueError(f"must be a number per second, minute, hour or day, such as 100/minute, or off{_meant(text)}")


def _meant(text: str) -> str:
    loosely = _LOOSELY.fullmatch(text.strip())
    unit = loosely and next((one for one in UNITS if one.startswith(loosely[2].lower())), None)
    if loosely is None or unit is None:
        return did_you_mean(text, ["off"])
    number = int(loosely[1])
    if not 1 <= number <= MOST_REQUESTS:
        return f"; the number must be from 1 to {MOST_REQUESTS}"
    return f"; did you mean {number}/{unit}?"


RateLimitText = Annotated[str, AfterValidator(_check)]


class RateLimitSettings(SettingsGroup):
    """A number from 1 to 999999 per `second`, `minute`, `hour` or `day`, or `off`."""

    TITLE: ClassVar[str] = "Rate limits"

    rate_limit_convert: RateLimitText = Field(
        "off",
        description="Conversions per user, with all API keys together, or per address: a number per `second`, "
        "`minute`, `hour` or `day`, such as `100/minute`, or `off`. The number of any rate limit is from 1 to 999999.",
    )
    rate_limit_latest: RateLimitText = Field(
        "6000/minute",
        description="Conversions that accept only prices fetched for them, with `cache_max_seconds` null or 0, per "
        "address, while they are open to everyone.",
    )
    rate_limit_batch: RateLimitText = Field(
        "60000/minute",
        description="Lines of batches (`/convert/batch`), per user, with all API keys together, or per address.",
    )
    rate_limit_authenticate: RateLimitText = Field(
        "30/minute", description="Registrations, logins and refreshes per address."
    )
    rate_limit_account: RateLimitText = Field(
        "300/minute", description="Requests for an account and its API keys, per user."
    )
    rate_limit_quotes: RateLimitText = Field(
        "600/minute", description="Requests for recorded quotes, per user, with all API keys together."
    )
    rate_limit_record: RateLimitText = Field(
        "10/minute",
        description="Quotes recorded on request, per user, with all API keys together.",
    )
    rate_limit_wallets: RateLimitText = Field(
        "600/minute", description="Requests for wallets, per user, with all API keys together."
    )
    rate_limit_orders: RateLimitText = Field(
        "300/minute", description="Requests for orders and price locks, per user, with all API keys together."
    )
    rate_limit_credentials: RateLimitText = Field(
        "300/minute",
        description="Checks of tokens and API keys per address, except those recently found valid.",
    )
