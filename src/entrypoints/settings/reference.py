"""Every setting, its default and its meaning: as Markdown, and as an example of a `.env` file."""

from pydantic import SecretStr

from entrypoints.settings.settings import GROUPS


def settings_reference() -> str:
    """Return a Markdown table for each group of settings."""
    return "\n".join(
        f"## {group.TITLE}\n\n| setting | default | |\n|---|---|---|\n"
        + "".join(
            f"| `{variable(name)}` | {_code(written(field.default))} | {field.description} |\n"
            for name, field in group.model_fields.items()
        )
        for group in GROUPS
    )


def example_file() -> str:
    """Return a `.env` file with every setting and its default, commented out."""
    head = "# Copy to .env and set what you need; every line here shows its default. docs/settings.md explains each.\n"
    groups = (
        f"\n# === {group.TITLE} ===\n"
        + "".join(
            f"\n# {field.description}\n#{variable(name)}={written(field.default)}\n"
            for name, field in group.model_fields.items()
        )
        for group in GROUPS
    )
    return head + "".join(groups)


def variable(name: str) -> str:
    """Return the environment variable that holds a setting."""
    return f"CROSSRATE_{name.upper()}"


def written(default: object) -> str:
    """Return a default as the environment would have it."""
    if default is None:
        return ""
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    if isinstance(default, bool):
        return str(default).lower()
    return ",".join(default) if isinstance(default, tuple) else str(default)


def _code(text: str) -> str:
    return f"`{text}`" if text else ""
