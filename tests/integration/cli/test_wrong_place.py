"""A command in the wrong folder says where it looked for the database, and creates nothing."""

from pathlib import Path

import pytest

from tests.servers.command import environment, run_crossrate

COMMANDS = [
    ("list",),
    ("audit",),
    ("create", "ada", "--password-stdin"),
    ("disable", "ada"),
    ("enable", "ada"),
    ("reset-password", "ada", "--password-stdin"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
async def test_a_command_makes_no_database_and_says_where_it_looked(tmp_path: Path, command: tuple[str, ...]) -> None:
    ended = await run_crossrate("users", *command,
        folder=tmp_path, environment=environment(), typed="a long enough password\n",
    )  # fmt: skip
    assert ended.status == 3
    assert f"There is no database at {tmp_path}/" in ended.errors
    assert _made_in(tmp_path) == []


async def test_a_command_makes_no_folder(tmp_path: Path) -> None:
    missing = tmp_path / "missing" / "x.db"
    settings = environment(database_url=f"sqlite:///{missing}")
    ended = await run_crossrate("users", "list", folder=tmp_path, environment=settings)
    assert (ended.status, str(missing) in ended.errors) == (3, True)
    assert not missing.parent.exists()


async def test_migrate_makes_the_database_that_the_other_commands_then_find(tmp_path: Path) -> None:
    assert (await run_crossrate("migrate", folder=tmp_path, environment=environment())).status == 0
    ended = await run_crossrate("users", "list", folder=tmp_path, environment=environment())
    assert (ended.status, ended.output, "no users" in ended.errors) == (0, "", True)


@pytest.mark.parametrize("command", ["worker", "scheduler"])
async def test_what_runs_the_jobs_makes_no_database_and_says_where_it_looked(tmp_path: Path, command: str) -> None:
    settings = environment(redis_url="redis://127.0.0.1:1/0")
    ended = await run_crossrate(command, folder=tmp_path, environment=settings)
    assert (ended.status, f"There is no database at {tmp_path}/" in ended.errors) == (3, True)
    assert _made_in(tmp_path) == []


def _made_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())
