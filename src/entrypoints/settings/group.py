"""What the groups of settings share."""

import re
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.sources import EnvSettingsSource

# Kubernetes and Docker's links set variables for each service named `crossrate`, such as CROSSRATE_PORT.
_SERVICE_LINK = re.compile(r"(?:tcp|udp|sctp)://\S+:\d+")


def is_service_link(value: str | None) -> bool:
    """Tell whether a variable's value was set by an orchestrator for a service, and is no setting."""
    return value is not None and _SERVICE_LINK.fullmatch(value) is not None


_WEB_ADDRESS = re.compile(r"https?://[^/?#\s]")


def _check_web_address(url: str) -> str:
    if not _WEB_ADDRESS.match(url):
        raise ValueError("must be a URL such as https://api.example.org")  # without the value: it may hold a password
    return url


# The base URL of something that is called over HTTP.
WebAddress = Annotated[str, AfterValidator(_check_web_address)]


def _check_feed_address(url: str) -> str:
    if not _FEED_ADDRESS.match(url):
        raise ValueError("must be a URL such as wss://stream.example.org")  # without the value, as above
    return url


_FEED_ADDRESS = re.compile(r"wss?://[^/?#\s]")

# The base URL of WebSockets.
FeedAddress = Annotated[str, AfterValidator(_check_feed_address)]


class _Environment(EnvSettingsSource):
    def _load_env_vars(self) -> Any:  # noqa: ANN401 -- as the library types it
        ours = {f"{self.env_prefix}{name}".lower() for name in self.settings_cls.model_fields}
        return {
            name: value
            for name, value in super()._load_env_vars().items()
            if name in ours and not is_service_link(value)
        }


def _holds_variables(source: PydanticBaseSettingsSource) -> bool:
    """Tell whether variables can come from it. Asking an empty one for each field takes 5 ms of each start."""
    return not isinstance(source, EnvSettingsSource) or bool(source.env_vars)


class SettingsGroup(BaseSettings):
    """Settings that belong together, under `TITLE` in the documentation."""

    TITLE: ClassVar[str]

    model_config = SettingsConfigDict(
        env_prefix="CROSSRATE_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        defer_build=True,  # none is read by itself: they are bases of `Settings`
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 -- ours replaces it
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Ignore service links in the environment, so that the file or the default counts."""
        sources = (init_settings, _Environment(settings_cls), dotenv_settings, file_secret_settings)
        return tuple(filter(_holds_variables, sources))


def comma_separated(value: object) -> object:
    """Split a text at its commas; anything else is returned as it is."""
    if not isinstance(value, str):
        return value
    return tuple(part for part in map(str.strip, value.split(",")) if part)
