"""`crossrate demo-data`: how somebody gets a database to try things on, and where they do not."""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import typer
from pydantic import SecretStr

from adapters.sql.database import SqlDatabase
from entrypoints.cli.demo_data import fill_at_start
from entrypoints.settings.places import is_database_here
from entrypoints.settings.settings import Settings
from tests.integration.identity.client import Client
from tests.servers.command import CROSSRATE, Ended, environment, run_crossrate, started
from tests.servers.service import running_crossrate
from tests.servers.service_client import Service


@dataclass(frozen=True, slots=True)
class Filled:
    """A database with demo data, and what the command said."""

    folder: Path
    url: str
    made: Any

    async def run(self, *arguments: str) -> Ended:
        return await run_crossrate(*arguments, folder=self.folder, environment=environment(database_url=self.url))


@pytest.fixture(scope="module")
async def filled(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    folder = tmp_path_factory.mktemp("demo")
    url = f"sqlite:///{folder}/crossrate.db"
    await SqlDatabase(url, upgrades_itself=True).migrate()
    ended = await run_crossrate("demo-data", "--json", folder=folder, environment=environment(database_url=url))
    return Filled(folder, url, json.loads(ended.output))


async def test_both_users_sign_in_as_it_says_and_a_second_time_it_refuses(filled: Filled) -> None:
    url, made = filled.url, filled.made
    again = await filled.run("demo-data")
    assert (again.status, again.output) == (2, "")
    assert "there are users, entries or assets for sale already" in again.errors
    async with running_crossrate(database_url=url) as address, aiohttp.ClientSession() as session:
        user, admin = [Client(Service(address, session), each["username"], "192.0.2.1") for each in made["users"]]
        for client, each in zip((user, admin), made["users"], strict=True):
            assert (await client.login(each["password"])).status == 200
        assert len((await user.ask("GET", "/entries?limit=1000")).json["entries"]) > 500
        assert len((await admin.ask("GET", "/admin/ledger")).json["assets"]) == 6
        for_sale = (await admin.ask("GET", "/admin/assets")).json["assets"]
        assert [each["code"] for each in for_sale] == made["for_sale"] == ["ABAN", "BTC"]


def test_a_development_start_fills_a_new_database_and_shows_the_passwords_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(_env_file=None, database_url=f"sqlite:///{tmp_path}/crossrate.db", demo_data=True)
    fill_at_start(settings)
    shown = capsys.readouterr().out
    assert shown.count("demo-user") == 2  # in the table, and in the command that signs in
    assert "For sale: ABAN, BTC." in shown
    fill_at_start(settings)
    assert capsys.readouterr().out == ""
    elsewhere = {"database_url": SecretStr("postgresql://crossrate@db.example/crossrate")}
    with pytest.raises(typer.Exit):
        fill_at_start(settings.model_copy(update=elsewhere))
    assert "db.example:5432 is not on this machine" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["demo-data", "serve"])
async def test_a_database_elsewhere_is_refused_unseen(tmp_path: Path, command: str) -> None:
    elsewhere = "postgresql://crossrate@db.example/crossrate"
    settings = environment(database_url=elsewhere, jwt_secret="demo data " * 4, demo_data="on")
    ended = await run_crossrate(command, folder=tmp_path, environment=settings)
    assert (ended.status, ended.output) == (2, "")
    assert "the database crossrate on db.example:5432 is not on this machine" in ended.errors


@pytest.mark.parametrize(
    ("url", "is_here"),
    [
        ("sqlite:///data/crossrate.db", True),
        ("postgresql://ada@localhost/crossrate", True),
        ("postgresql://ada@127.0.0.1:6432/crossrate", True),
        ("postgresql://ada@[::1]/crossrate", True),
        ("unix://ada@/run/postgresql?name=crossrate", True),
        ("postgresql://ada@postgres/crossrate", False),
        ("postgresql://ada@192.0.2.1/crossrate", False),
        ("postgresql:///crossrate?host=db.example", False),
    ],
)
def test_a_database_is_here_as_a_file_or_by_a_local_address(url: str, is_here: bool) -> None:
    settings = Settings(_env_file=None, database_url=url, jwt_secret="demo data " * 4)
    assert is_database_here(settings) is is_here


async def test_an_operator_corrects_a_transaction_once(filled: Filled) -> None:
    database = SqlDatabase(filled.url, upgrades_itself=False)
    async with database.reading() as unit:
        user = (await unit.users.list_all())[0]
        accounts = [each.id for each in await unit.ledger_accounts.list_of_owner(user.id)]
        newest = (await unit.journal.list_entries(accounts, None, 1))[0].header
    await database.close()
    correct = ("ledger", "correct", str(newest.id), "--reason", "entered twice")
    done = await filled.run(*correct)
    assert (done.status, done.errors) == (0, "")
    assert done.output.startswith(f"{newest.id} is corrected by ")
    again = await filled.run(*correct)
    assert (again.status, again.errors) == (2, "Refused: the transaction was corrected before.\n")
    audit = await filled.run("users", "audit", "--limit", "1")
    assert "\toperator\tcorrect_transaction\tdone\tcommand line\t" in audit.output


async def test_output_that_cannot_be_written_is_said_without_a_traceback(filled: Filled) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    settings = environment(database_url=filled.url)
    async with started(
        sys.executable, *CROSSRATE, "users", "list", folder=filled.folder, environment=settings,
        log=filled.folder / "errors", stdout=full,
    ) as command:  # fmt: skip
        assert await command.wait() == 3
    os.close(full)
    assert (filled.folder / "errors").read_text() == "The output could not be written: No space left on device.\n"
