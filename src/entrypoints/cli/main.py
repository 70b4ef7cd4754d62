"""`crossrate`: the command line, assembled from one module per command.

Commands import slow modules only when they run, so that completion, `--help` and `--version` are quick.
"""

import errno
import os
import sys
from importlib.metadata import version
from io import TextIOWrapper
from typing import Annotated

import typer

from entrypoints.cli.completion import completion, register_shells
from entrypoints.cli.config import config
from entrypoints.cli.convert import convert
from entrypoints.cli.demo_data import demo_data
from entrypoints.cli.jobs import scheduler, worker
from entrypoints.cli.ledger import ledger
from entrypoints.cli.markets import markets
from entrypoints.cli.migrate import migrate
from entrypoints.cli.openapi import openapi
from entrypoints.cli.orders import orders
from entrypoints.cli.output import UNAVAILABLE
from entrypoints.cli.plain_errors import PlainErrors
from entrypoints.cli.serve import serve
from entrypoints.cli.simulate import simulate
from entrypoints.cli.users import users
from entrypoints.cli.wallets import wallets
from entrypoints.cli.watch import watch

NAME = "crossrate"

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


for command in (serve, convert, watch, migrate, worker, scheduler, simulate, demo_data, openapi, completion):
    app.command()(command)
app.add_typer(users, name="users")
app.add_typer(ledger, name="ledger")
app.add_typer(wallets, name="wallets")
app.add_typer(orders, name="orders")
app.add_typer(markets, name="markets")
app.add_typer(config, name="config")


def run() -> None:
    """Run the command line."""
    register_shells()
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
