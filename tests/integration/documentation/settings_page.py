"""`make docs`: write docs/settings.md from the settings themselves."""

from pydantic import SecretStr

from entrypoints.settings.settings import Settings
from tests.integration.documentation.pages import ROOT

PAGE = ROOT / "docs" / "settings.md"

HEAD = """\
# Settings

Set them in the environment, or in a `.env` file in the folder in which the service starts (`cp .env.example .env`); the
environment wins. Lists are separated by commas. A value that cannot be used stops the start, naming the variable.
Within Docker, compose itself sets addresses, Redis and the database.

`make docs` writes this page from the settings.

| setting | default | |
|---|---|---|
"""


def settings_page() -> str:
    """Return the page as it must be."""
    rows = [
        f"| `CROSSRATE_{name.upper()}` | {_code(_written(field.default))} | {field.description} |\n"
        for name, field in Settings.model_fields.items()
    ]
    return HEAD + "".join(rows)


def _written(default: object) -> str:
    """Return a default as one would write it in the environment."""
    if default is None:
        return ""
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    if isinstance(default, bool):
        return str(default).lower()
    return ",".join(default) if isinstance(default, tuple) else str(default)


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


if __name__ == "__main__":
    PAGE.write_text(settings_page())
