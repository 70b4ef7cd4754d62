"""Webhooks."""

from typing import ClassVar

from pydantic import Field, SecretStr, field_validator

from entrypoints.settings.group import SettingsGroup
from entrypoints.settings.identity import SHORTEST_SECRET_BYTES


class WebhookSettings(SettingsGroup):
    """Where events may be sent, and what encrypts the secrets that sign them."""

    TITLE: ClassVar[str] = "Webhooks"

    webhook_secret: SecretStr | None = Field(
        None,
        description="Secret that encrypts the secrets of webhooks in the database: at least 32 random bytes, the same "
        "in API and worker. Empty: `CROSSRATE_JWT_SECRET`. With another one, users must create their webhooks anew.",
    )
    webhooks_to_private_networks: bool = Field(
        default=False,
        description="Whether webhooks may have private addresses, `http` and any port. For development only: users "
        "could send requests to whatever the service reaches.",
    )

    @field_validator("webhook_secret")
    @classmethod
    def _long_enough_for_webhooks(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value().encode()) < SHORTEST_SECRET_BYTES:
            raise ValueError(f"must have at least {SHORTEST_SECRET_BYTES} bytes")
        return value
