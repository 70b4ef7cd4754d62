"""What the command line is to people and to programs: versions, completion, plain output, JSON."""

import asyncio
import json
import os
import re
import shutil
import sqlite3
import sys
import time
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
import pytest

from adapters.sql.database import SqlDatabase
from adapters.sql.migrations import HEAD
from domain.identity.attempt import Attempt
from tests.servers.command import Ended, environment, run_crossrate
from tests.servers.fork_server import forking_command
from tests.servers.forked import forked
from tests.servers.source import free_port
from tests.waiting import eventually

BOXES = set("│┃─━┌┏╭╰╮╯")
PASSWORD = "a long enough password\n"  # noqa: S105 -- made up


async def crossrate(*arguments: str, folder: Path, typed: str = "", **settings: str) -> Ended:
    """Run it with its output in a pipe, 40 columns wide as far as it can tell."""
    variables = environment(**settings) | {"COLUMNS": "40", "FORCE_COLOR": "1"}
    return await run_crossrate(*arguments, folder=folder, environment=variables, typed=typed)


async def of_users(folder: Path, *arguments: str) -> Ended:
    """Run a command on users, for `ada` with a password."""
    return await crossrate("users", *arguments, folder=folder, typed=PASSWORD)


@pytest.fixture(scope="module")
async def one_user(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database that has one user; tests change copies of it."""
    folder = tmp_path_factory.mktemp("one-user")
    assert (await crossrate("migrate", folder=folder)).status == 0
    assert (await of_users(folder, "create", "ada", "--admin", "--password-stdin")).status == 0
    return folder


@pytest.fixture
def folder(one_user: Path, tmp_path: Path) -> Path:
    """A folder of the test's own with a database that has one user."""
    return shutil.copytree(one_user, tmp_path, dirs_exist_ok=True)


@pytest.mark.parametrize("option", ["--version", "-V"])
async def test_the_version_is_one_line(tmp_path: Path, option: str) -> None:
    assert await crossrate(option, folder=tmp_path) == Ended(0, f"crossrate {version('crossrate')}\n", "")


async def test_the_installed_command_is_the_same_as_the_module(tmp_path: Path) -> None:
    command = Path(sys.executable).with_name("crossrate")
    assert (await output_of(str(command), "--version", folder=tmp_path)).startswith("crossrate ")
    assert "Usage: crossrate [OPTIONS]" in (await crossrate("--help", folder=tmp_path)).output


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("convert", "-h"), ("users", "create", "--help"), ("no-such-command",), ("convert", "x", "BTC")],
    ids=" ".join,
)
async def test_help_and_errors_have_neither_boxes_nor_colours(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    ended = await crossrate(*arguments, folder=tmp_path)
    assert ended.output + ended.errors
    assert not BOXES & set(ended.output + ended.errors)
    assert "\x1b" not in ended.output + ended.errors


async def test_bash_completes_commands_options_and_choices(tmp_path: Path) -> None:
    script = """
        eval "$(crossrate completion bash)"
        for line in "crossrate us" "crossrate users res" "crossrate convert --js" "crossrate convert --rate-type ex"; do
            read -ra COMP_WORDS <<< "$line"
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _crossrate_completion crossrate
            echo "${COMPREPLY[@]}"
        done
    """
    shown = await output_of("bash", "-c", script, folder=tmp_path)
    assert shown.splitlines() == ["users", "reset-password", "--json", "executable"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
async def test_other_shells_get_a_script_and_its_answers(tmp_path: Path, shell: str) -> None:
    script = await crossrate("completion", shell, folder=tmp_path)
    assert (script.status, "_CROSSRATE_COMPLETE=complete_" + shell in script.output) == (0, True)
    asked = environment() | {
        "_CROSSRATE_COMPLETE": f"complete_{shell}",
        "_TYPER_COMPLETE_ARGS": "crossrate us",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    answer = await run_crossrate(folder=tmp_path, environment=asked)
    assert (answer.status, "users" in answer.output, "convert" in answer.output) == (0, True, False)
    if shutil.which(shell):  # it understands its script
        await output_of(shell, "-n", "-c", script.output, folder=tmp_path)


async def test_migrate_says_what_it_did_in_words(tmp_path: Path) -> None:
    file = tmp_path / "data" / "crossrate.db"
    made, again = [await crossrate("migrate", folder=tmp_path) for _ in range(2)]
    assert made == Ended(0, f"The database in {file} has its tables now: version {HEAD}.\n", "")
    assert again == Ended(0, f"The database in {file} is up to date: version {HEAD}.\n", "")


async def test_migrate_says_what_it_did_in_json(tmp_path: Path) -> None:
    made, again = [json.loads((await crossrate("migrate", "--json", folder=tmp_path)).output) for _ in range(2)]
    assert (made["version_before"], made["version"]) == (None, HEAD)
    assert (again["version_before"], again["version"]) == (HEAD, HEAD)
    assert str(tmp_path) in made["database"]


async def test_a_user_is_a_line_in_a_pipe_and_an_object_in_json(folder: Path) -> None:
    (line,) = (await of_users(folder, "list")).output.splitlines()
    name, role, state, since, locked = line.split("\t")
    (user,) = json.loads((await of_users(folder, "list", "--json")).output)
    assert (name, role, state) == ("ada", "admin", "enabled") == (user["username"], user["role"], user["state"])
    assert since.endswith("Z")
    assert (locked, user["lockouts"]) == ("", [])
    assert isinstance(user["created_at"], int)


async def test_an_event_is_a_line_in_a_pipe_and_an_object_in_json(folder: Path) -> None:
    await of_users(folder, "disable", "ada")
    lines = (await of_users(folder, "audit")).output.splitlines()
    events = json.loads((await of_users(folder, "audit", "--json")).output)
    assert [line.split("\t")[1:4] for line in lines] == [["ada", "disable", "done"], ["ada", "register", "done"]]
    assert [(event["action"], event["who"], event["address"]) for event in events] == [
        ("disable", "ada", "command line"),
        ("register", "ada", "command line"),
    ]


@pytest.mark.parametrize("command", ["enable", "disable", "reset-password", "create"])
async def test_what_is_done_to_a_user_is_told_in_json(folder: Path, command: str) -> None:
    name = "grace" if command == "create" else "ada"
    password = ["--password-stdin"] if command in {"create", "reset-password"} else []
    typed = PASSWORD if command == "create" else f"another {PASSWORD}"
    answer = await crossrate("users", command, name, "--json", *password, folder=folder, typed=typed)
    user = json.loads(answer.output)
    assert (user["username"], user["state"]) == (name, "disabled" if command == "disable" else "enabled")


async def test_a_lockout_is_listed_and_lifted(folder: Path) -> None:
    database = SqlDatabase(f"sqlite:///{folder}/data/crossrate.db", upgrades_itself=False)
    for address in ("192.0.2.1", "2001:db8::/64"):
        async with database.writing() as unit:
            for _ in range(5):
                await unit.login_failures.add(Attempt("ada", address, time.time()))
    await database.close()
    locked = (await of_users(folder, "list")).output.split("\t")[-1]
    assert re.fullmatch(r"at 2001:db8::/64 until \S+Z; at 192.0.2.1 until \S+Z\n", locked)
    by_address = await of_users(folder, "unlock", "--address", "2001:db8::7")
    assert by_address.output == "2001:db8::/64 is not locked. Forgotten wrong passwords: 5.\n"
    assert (
        await of_users(folder, "unlock", "ADA")
    ).output == "ada is locked out nowhere any more: wrong passwords are forgotten.\n"
    assert json.loads((await of_users(folder, "list", "--json")).output)[0]["lockouts"] == []
    for nonsense in ((), ("ada", "--address", "192.0.2.1"), ("--address", "an office")):
        assert (await of_users(folder, "unlock", *nonsense)).status == 2


async def test_a_reader_that_leaves_early_sees_no_traceback(folder: Path) -> None:
    shown = await output_of("bash", "-c", "crossrate users audit --json 2>&1 | head -c 1", folder=folder)
    assert shown == "["


async def test_a_terminal_in_another_encoding_gets_escapes(tmp_path: Path) -> None:
    variables = environment(binance_url="http://127.0.0.1:1", exchanges="binance") | {"PYTHONIOENCODING": "ascii"}
    ended = await run_crossrate("convert", "1", "币安人生", "BTC", folder=tmp_path, environment=variables)
    assert (ended.status, "Traceback" in ended.errors) == (3, False)


async def test_the_address_to_serve_on_can_be_given(tmp_path: Path) -> None:
    port, nothing = free_port(), Path(os.devnull)
    settings = environment(port="1", host="192.0.2.1", sync_interval_seconds="0")
    command = ("serve", "--host", "127.0.0.1", "--port", str(port))
    streams = (nothing, nothing, tmp_path / "serve.log")
    async with forked(command, tmp_path, settings, streams), aiohttp.ClientSession() as client:

        async def answers() -> bool:
            try:
                async with client.get(f"http://127.0.0.1:{port}/health/live") as response:
                    return response.status == 200
            except aiohttp.ClientError:
                return False

        await eventually(answers)


async def output_of(*command: str, folder: Path) -> str:
    """Run a command, with a `crossrate` on the PATH that starts fast, and return what it shows."""
    with TemporaryDirectory() as tools, forking_command(Path(tools, "crossrate"), Path(tools, "forks")):
        variables = environment() | {"PATH": f"{tools}:{os.environ['PATH']}"}
        process = await asyncio.create_subprocess_exec(
            *command, cwd=folder, env=variables, stdout=asyncio.subprocess.PIPE, stdin=asyncio.subprocess.DEVNULL
        )
        async with asyncio.timeout(60):
            output, _ = await process.communicate()
    assert process.returncode == 0
    return output.decode()


async def test_the_ledger_is_verified_and_what_is_wrong_is_named(folder: Path) -> None:
    whole = await crossrate("ledger", "verify", folder=folder)
    assert (whole.status, whole.errors) == (0, "")
    facts = dict(line.split("\t") for line in whole.output.splitlines())
    place = f"the database in {folder / 'data' / 'crossrate.db'}"
    assert (facts["verified"], facts["faults"]) == (place, "0")
    forge_an_account(folder / "data" / "crossrate.db")
    wrong = await crossrate("ledger", "verify", folder=folder)
    assert (wrong.status, wrong.output.count("has 5 available and 0 held, but its postings lead to 0")) == (1, 1)
    in_json = await crossrate("ledger", "verify", "--json", folder=folder)
    found = json.loads(in_json.output)
    assert (in_json.status, found["fault_count"], found["database"]) == (1, 1, place)


def forge_an_account(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("INSERT INTO ledger_assets VALUES ('USD', 2)")
        connection.execute(
            "INSERT INTO ledger_accounts VALUES (?, ?, 'USD', 'user', '', NULL, ?, ?, 0, zeroblob(32), 0)",
            ("0" * 32, "1" * 32, f"{5:+039d}", f"{0:+039d}"),
        )
