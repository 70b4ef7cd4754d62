"""`make docs`: write docs/settings.md and .env.example from the settings themselves."""

from entrypoints.settings.reference import example_file, settings_reference
from tests.project import ROOT

PAGE = ROOT / "docs" / "settings.md"
EXAMPLE = ROOT / ".env.example"

HEAD = """\
# Settings

Set them in the environment, or in a `.env` file in the folder in which the service starts (`cp .env.example .env`); the
environment wins. An empty variable counts as not set. Lists are separated by commas. If a value cannot be used, the
service does not start, and says which. Within Docker, compose itself sets addresses, Redis and the database.

The value can be in a file of its own, which the name with `_FILE` names: `CROSSRATE_JWT_SECRET_FILE=/run/secrets/jwt`.
A secret then shows neither in the environment of the process nor in `docker inspect`. A newline at the end of the file
does not count.

In `.env`, put a value with a `$`, a `#` or spaces in single quotes. Compose and the service read the file alike; a line
that they would read differently is rejected by number.

`make docs` writes this page and `.env.example` from the settings.

"""


def settings_page() -> str:
    """Return the page as it must be."""
    return HEAD + settings_reference()


if __name__ == "__main__":
    PAGE.write_text(settings_page())
    EXAMPLE.write_text(example_file())
