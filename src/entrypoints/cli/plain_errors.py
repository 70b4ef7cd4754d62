"""Messages about wrong arguments that say what to write."""

import re
from contextlib import suppress
from typing import Any

import typer
from typer.core import TyperGroup

_NEGATIVE_NUMBER = re.compile(r"-[\d.]")


class PlainErrors(TyperGroup):
    """The root of the commands: what typer says of an argument in the words of pydantic, it says in plain ones."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 -- typer's own, which it does not export
        """Run the command."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = _plain(error)
            raise
        except typer.TyperException as error:
            option = getattr(error, "option_name", None)
            if option is not None and _NEGATIVE_NUMBER.match(option):
                raise typer.BadParameter(
                    "must be 0 or more", ctx=getattr(error, "ctx", None), param_hint=f"'{option}'"
                ) from error
            raise


def _plain(error: typer.BadParameter) -> str:
    from pydantic import ValidationError  # noqa: PLC0415 -- slow to import, as is the next

    from entrypoints.settings.messages import plain_message  # noqa: PLC0415

    cause = error.__cause__
    with suppress(KeyError):
        if isinstance(cause, ValidationError):
            return plain_message(cause.errors()[0])
    return error.message
