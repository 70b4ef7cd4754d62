"""What wallets ask of their users."""

from typing import Annotated, ClassVar

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from domain.errors import InvalidInput
from domain.wallets.large_withdrawals import LargeWithdrawals
from entrypoints.settings.group import SettingsGroup, comma_separated


class WalletSettings(SettingsGroup):
    """Bounds on withdrawals."""

    TITLE: ClassVar[str] = "Wallets"

    large_withdrawals: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Comma-separated amounts, such as `BTC:0.5,USD:1000`: whoever withdraws more of the currency must "
        "have given the password within the last 5 minutes, and an API key cannot.",
    )

    @field_validator("large_withdrawals", mode="before")
    @classmethod
    def _split_withdrawals(cls, value: object) -> object:
        return comma_separated(value)

    @field_validator("large_withdrawals")
    @classmethod
    def _withdrawals(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            LargeWithdrawals.parse(value)
        except InvalidInput as error:
            raise ValueError(str(error)) from error
        return value
