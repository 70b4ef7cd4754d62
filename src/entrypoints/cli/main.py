"""`crossrate`: the command line, assembled from one module a command."""

import typer

from entrypoints.cli.convert import convert
from entrypoints.cli.jobs import scheduler, worker
from entrypoints.cli.migrate import migrate
from entrypoints.cli.serve import serve
from entrypoints.cli.simulate import simulate
from entrypoints.cli.users import users

app = typer.Typer(
    help="Self-hosted currency conversion in real time over crypto exchanges.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (serve, convert, simulate, worker, scheduler, migrate):
    app.command()(command)
app.add_typer(users, name="users")


def main() -> None:
    """Run the command line."""
    app()
