"""Who may use the service."""

from typing import ClassVar, Literal

from pydantic import Field, SecretStr, field_validator

from entrypoints.settings.group import SettingsGroup

SHORTEST_SECRET_BYTES = 32


class IdentitySettings(SettingsGroup):
    """Accounts, tokens and API keys."""

    TITLE: ClassVar[str] = "Accounts and API keys"

    environment: Literal["production", "development"] = Field(
        "production", description="Without effect; accepted because earlier versions had it."
    )
    jwt_secret: SecretStr | None = Field(
        None,
        description="Secret that signs access tokens: at least 32 random bytes, the same in all processes. "
        "Created once beside a SQLite database; required with Postgres.",
    )
    require_auth: bool = Field(
        default=False, description="Whether conversions need a token, or an API key with the scope `convert`."
    )
    open_registration: bool = Field(
        default=True, description="Whether anyone may register. If not, `crossrate users create` creates accounts."
    )

    api_key_in_query: bool = Field(
        default=False,
        description="Whether GET accepts an API key as `?api_key=`, for clients that can send no header. URLs end up "
        "in logs and histories.",
    )

    @field_validator("jwt_secret")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value().encode()) < SHORTEST_SECRET_BYTES:
            raise ValueError(f"must have at least {SHORTEST_SECRET_BYTES} bytes")
        return value
