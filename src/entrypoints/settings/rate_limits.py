"""How many requests callers may make."""

from typing import ClassVar

from pydantic import Field

from entrypoints.settings.group import SettingsGroup

RATE_LIMIT = r"^(off|[1-9][0-9]{0,5}/(second|minute|hour|day))$"


class RateLimitSettings(SettingsGroup):
    """A number per `second`, `minute`, `hour` or `day`, or `off`."""

    TITLE: ClassVar[str] = "Rate limits"

    rate_limit_convert: str = Field(
        "off",
        pattern=RATE_LIMIT,
        description="Conversions per API key, user or address: a number per `second`, `minute`, `hour` or `day`, such "
        "as `100/minute`, or `off`.",
    )
    rate_limit_authenticate: str = Field(
        "30/minute", pattern=RATE_LIMIT, description="Registrations, logins and refreshes per address."
    )
    rate_limit_account: str = Field(
        "300/minute", pattern=RATE_LIMIT, description="Requests for an account and its API keys, per user."
    )
    rate_limit_quotes: str = Field(
        "600/minute", pattern=RATE_LIMIT, description="Requests for recorded quotes, per API key or user."
    )
    rate_limit_record: str = Field(
        "10/minute",
        pattern=RATE_LIMIT,
        description="Quotes recorded on request, per user, counting all API keys together.",
    )
    rate_limit_credentials: str = Field(
        "300/minute",
        pattern=RATE_LIMIT,
        description="Checks of tokens and API keys per address, except those recently found valid.",
    )
