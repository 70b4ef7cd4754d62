"""`crossrate`: the command line, assembled from one module per command.

A command is imported when it is asked for. All import slow modules only when they run, so that completion, `--help` and
`--version` are quick.
"""

import errno
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import version
from io import TextIOWrapper
from types import MappingProxyType
from typing import Annotated

import typer

from entrypoints.cli.completion import register_shells
from entrypoints.cli.output import UNAVAILABLE
from entrypoints.cli.plain_errors import PlainErrors

NAME = "crossrate"

# The commands and groups of commands in the order of the help, with the module of each.
MODULES: Mapping[str, str] = MappingProxyType(
    {
        "serve": "serve",
        "convert": "convert",
        "watch": "watch",
        "migrate": "migrate",
        "worker": "jobs",
        "scheduler": "jobs",
        "simulate": "simulate",
        "demo-data": "demo_data",
        "openapi": "openapi",
        "completion": "completion",
        "users": "users",
        "ledger": "ledger",
        "wallets": "wallets",
        "orders": "orders",
        "markets": "markets",
        "config": "config",
    }
)

app = typer.Typer(
    cls=PlainErrors,
    no_args_is_help=True,
    add_completion=False,  # its options edit the shell's start-up file; `completion` prints instead
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # no boxes
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"{NAME} {version(NAME)}")
        raise typer.Exit


@app.callback(
    epilog="Exit status: 0 done, 1 the answer is no, 2 wrong arguments or settings, 3 something that is needed does "
    "not answer, 130 interrupted."
)
def about(
    *,
    version: Annotated[
        bool, typer.Option("--version", "-V", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Self-hosted currency conversion in real time over crypto exchanges.

    Settings are read from CROSSRATE_ variables and from a file .env in this folder.
    """


def add_commands(asked: str = "") -> None:
    """Import the asked command, or all of them if there is no such command, as for the help."""
    for name in [asked] if asked in MODULES else MODULES:
        command = getattr(import_module(f"entrypoints.cli.{MODULES[name]}"), name.replace("-", "_"))
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command()(command)


def run() -> None:
    """Run the command line."""
    register_shells()
    add_commands("".join(sys.argv[1:2]))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # not every terminal can show every ticker
    try:
        try:
            app(prog_name=NAME)
        finally:
            sys.stdout.flush()
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EIO, errno.EDQUOT}:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left cannot be written at the end
        sys.stderr.write(f"The output could not be written: {error.strerror}.\n")
        sys.exit(UNAVAILABLE)
