"""Where purchases are made."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field, SecretStr, ValidationInfo, create_model, field_validator
from pydantic_settings import NoDecode

from domain.currency import Currency
from domain.errors import InvalidInput
from domain.rates.conversion import parse_amount
from entrypoints.nearest import did_you_mean
from entrypoints.settings.group import SettingsGroup, WebAddress, comma_separated
from entrypoints.settings.installed_exchanges import RegisteredBroker, registered_exchanges

SIMULATED = "simulated"


def registered_brokers() -> Mapping[str, RegisteredBroker]:
    """Return the installed exchanges' brokers, by name."""
    return {name: each.broker for name, each in registered_exchanges().items() if each.broker is not None}


def _broker_fields() -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, broker in registered_brokers().items():
        title = registered_exchanges()[name].title
        about = f"Base URL of {title}'s trading API; its test network has another."
        fields[f"{name}_trading_url"] = WebAddress, Field(broker.default_url, description=about)
        for each in broker.settings:
            kind = SecretStr if each.is_secret else str
            fields[f"{name}_{each.name}"] = kind | None, Field(each.default, description=each.description)
    return fields


def _text_of(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


if TYPE_CHECKING:
    _BrokerFields = SettingsGroup
else:  # each installed exchange brings fields of its own
    _BrokerFields = create_model("_BrokerFields", __base__=SettingsGroup, **_broker_fields())


class BrokerSettings(_BrokerFields):
    """Brokers, and the keys that they need."""

    TITLE: ClassVar[str] = "Brokers"

    simulated_funds: Annotated[tuple[str, ...], NoDecode] = Field(
        ("USDT:10000000", "USDC:10000000", "EUR:10000000", "BTC:100"),
        description="Comma-separated amounts that the simulated broker has to buy with at first.",
    )
    brokers: Annotated[tuple[str, ...], NoDecode] = Field(
        (SIMULATED,),
        description="Comma-separated venues at which purchases may be made: `simulated`, which needs no key and buys "
        "with made-up money at the prices of the exchanges, or exchanges whose keys are set.",
    )

    @property
    def funds(self) -> Mapping[Currency, Decimal]:
        """What the simulated broker has at first."""
        return _amounts(self.simulated_funds)

    def broker_settings_of(self, name: str) -> Mapping[str, str]:
        """Return the values of a broker's settings, by names without the exchange's prefix."""
        values = {each.name: getattr(self, f"{name}_{each.name}") for each in registered_brokers()[name].settings}
        return {key: _text_of(value) for key, value in values.items() if value is not None}

    def trading_url_of(self, name: str) -> str:
        """Return the URL of the exchange's trading API."""
        url: str = getattr(self, f"{name}_trading_url")
        return url

    @property
    def trading_urls(self) -> dict[str, str]:
        """The trading APIs that are called, by the names of their sessions."""
        return {session_name(name): self.trading_url_of(name) for name in self.brokers if name != SIMULATED}

    @field_validator("simulated_funds", "brokers", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return comma_separated(value)

    @field_validator("simulated_funds")
    @classmethod
    def _funds(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            _amounts(value)
        except InvalidInput as error:
            raise ValueError(str(error)) from error
        return value

    @field_validator("brokers")
    @classmethod
    def _usable_brokers(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        known = (SIMULATED, *registered_brokers())
        for name in value:
            if name not in known:
                raise ValueError(f"{name} is not a broker{did_you_mean(name, known) or '.'} Known: {', '.join(known)}")
        if not value or len(set(value)) != len(value):
            raise ValueError("name at least one broker, and each only once")
        missing = [variable for name in value if name != SIMULATED for variable in _unset(name, info.data)]
        if missing:
            raise ValueError(f"needs {' and '.join(missing)} as well")
        if pasted := [variable for name in value if name != SIMULATED for variable in _pasted(name, info.data)]:
            raise ValueError(f"{' and '.join(pasted)} must be one line, without spaces around it")
        return value


def session_name(broker: str) -> str:
    """Return the name of the session for a broker's calls: it may have another proxy than market data."""
    return f"{broker}_trading"


def _unset(name: str, values: Mapping[str, object]) -> list[str]:
    fields = [f"{name}_{each.name}" for each in registered_brokers()[name].settings]
    return [f"CROSSRATE_{field.upper()}" for field in fields if not _is_set(values.get(field))]


def _pasted(name: str, values: Mapping[str, object]) -> list[str]:
    """Return the variables whose values hold more than what was to be pasted: no header can hold a line break."""
    fields = [f"{name}_{each.name}" for each in registered_brokers()[name].settings]
    return [f"CROSSRATE_{field.upper()}" for field in fields if not _is_one_line(_text_of(values[field]))]


def _is_one_line(text: str) -> bool:
    return text == text.strip() and len(text.splitlines()) == 1


def _is_set(value: object) -> bool:
    return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)


def _amounts(items: tuple[str, ...]) -> dict[Currency, Decimal]:
    amounts: dict[Currency, Decimal] = {}
    for item in items:
        code, colon, amount = item.partition(":")
        if not colon:
            raise InvalidInput("must be a currency and an amount, such as USDT:10000")
        amounts[Currency(code.strip())] = parse_amount(amount.strip())
    return amounts
