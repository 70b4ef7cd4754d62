"""`crossrate completion`."""

from enum import StrEnum
from typing import Annotated

import typer
import typer.completion
import typer.main


class Shell(StrEnum):
    """A shell that can complete commands."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion(
    context: typer.Context,
    shell: Annotated[Shell, typer.Argument(help="The shell that the script is for.")],
) -> None:
    """Print a completion script for a shell.

    For bash and zsh: source <(crossrate completion bash). For fish: crossrate completion fish | source.
    """
    name = context.find_root().command_path
    command = context.find_root().command
    typer.completion.shell_complete(command, {}, name, f"_{name.upper()}_COMPLETE", f"source_{shell}")


def register_shells() -> None:
    """Make the shells known to typer, which otherwise does so only with options of its own."""
    typer.completion.get_completion_inspect_parameters()
