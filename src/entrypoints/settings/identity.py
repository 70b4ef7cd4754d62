"""Who may use the service."""

from typing import ClassVar, Literal

from pydantic import Field, SecretStr, field_validator

from entrypoints.settings.group import SettingsGroup

SHORTEST_SECRET_BYTES = 32
SHORTEST_TOKEN = 16


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

    open_metrics: bool | None = Field(
        None,
        description="Whether anyone may read `/metrics`. Empty: yes, unless `CROSSRATE_REQUIRE_AUTH` or "
        "`CROSSRATE_METRICS_TOKEN` is set.",
    )
    metrics_token: SecretStr | None = Field(
        None,
        description="What Prometheus must send as `Authorization: Bearer` where `/metrics` is not open: at least 16 "
        "characters.",
    )
    open_docs: bool | None = Field(
        None,
        description="Whether `/docs`, `/redoc` and `/openapi.json` are served. Empty: yes, unless "
        "`CROSSRATE_REQUIRE_AUTH` is set.",
    )

    @property
    def has_open_metrics(self) -> bool:
        """Whether anyone may read the metrics."""
        if self.open_metrics is not None:
            return self.open_metrics
        return not self.require_auth and self.metrics_token is None

    @property
    def has_docs(self) -> bool:
        """Whether the pages and the document are served."""
        return not self.require_auth if self.open_docs is None else self.open_docs

    @field_validator("metrics_token")
    @classmethod
    def _hard_to_guess(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < SHORTEST_TOKEN:
            raise ValueError(f"must have at least {SHORTEST_TOKEN} characters")
        return value

    @field_validator("jwt_secret")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value().encode()) < SHORTEST_SECRET_BYTES:
            raise ValueError(f"must have at least {SHORTEST_SECRET_BYTES} bytes")
        return value
