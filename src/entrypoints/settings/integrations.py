"""What other programs are told."""

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from domain.currency import Currency
from domain.errors import InvalidInput
from domain.pair import Pair
from entrypoints.settings.group import SettingsGroup, comma_separated

MOST_EXPORTED_PAIRS = 100
MOST_IDS = 1000

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}", re.ASCII)


class IntegrationSettings(SettingsGroup):
    """Answers for programs that speak to other services, and for Prometheus."""

    TITLE: ClassVar[str] = "Integrations"

    exported_pairs: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description=f"Comma-separated pairs, such as `BTC/USD,EUR/USD`, whose rates are among the metrics, "
        f"{MOST_EXPORTED_PAIRS} at most.",
    )
    coingecko_ids: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="CoinGecko's ids of more coins and their tickers here, such as `staked-ether:STETH`; an id that is "
        "known already gets this ticker instead.",
    )

    @property
    def pairs_to_export(self) -> tuple[Pair, ...]:
        """The pairs whose rates are among the metrics."""
        return tuple(map(Pair.parse, self.exported_pairs))

    @property
    def tickers_by_id(self) -> Mapping[str, Currency]:
        """The tickers of more coins, by CoinGecko's ids."""
        split = (item.partition(":") for item in self.coingecko_ids)
        return {name: Currency(ticker) for name, _, ticker in split}

    @field_validator("exported_pairs", "coingecko_ids", mode="before")
    @classmethod
    def _split_lists(cls, value: object) -> object:
        return comma_separated(value)

    @field_validator("exported_pairs")
    @classmethod
    def _pairs_to_export(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            pairs = tuple(dict.fromkeys(str(Pair.parse(text)) for text in value))
        except InvalidInput as error:
            raise ValueError(f"a pair {error}") from error
        if len(pairs) > MOST_EXPORTED_PAIRS:
            raise ValueError(f"name {MOST_EXPORTED_PAIRS} pairs at most")
        return pairs

    @field_validator("coingecko_ids")
    @classmethod
    def _ids(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for item in value:
            name, _, ticker = item.partition(":")
            if not _ID.fullmatch(name):
                raise ValueError("must be ids and tickers, such as staked-ether:STETH")
            try:
                Currency(ticker)
            except InvalidInput as error:
                raise ValueError(f"a ticker {error}") from error
        if len(value) > MOST_IDS:
            raise ValueError(f"name {MOST_IDS} ids at most")
        return value
