"""`crossrate demo-data`: how somebody gets a database to try things on, and where they do not."""

import json
from pathlib import Path

import aiohttp
import pytest

from adapters.sql.database import SqlDatabase
from entrypoints.settings.places import is_database_here
from entrypoints.settings.settings import Settings
from tests.integration.identity.client import Client
from tests.servers.command import environment, run_crossrate
from tests.servers.service import running_crossrate
from tests.servers.service_client import Service


async def test_both_users_sign_in_as_it_says_and_a_second_time_it_refuses(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/crossrate.db"
    await SqlDatabase(url, upgrades_itself=True).migrate()
    settings = environment(database_url=url)
    made = json.loads((await run_crossrate("demo-data", "--json", folder=tmp_path, environment=settings)).output)
    again = await run_crossrate("demo-data", folder=tmp_path, environment=settings)
    assert (again.status, again.output) == (2, "")
    assert "there are users or entries already" in again.errors
    async with running_crossrate(database_url=url) as address, aiohttp.ClientSession() as session:
        user, admin = [Client(Service(address, session), each["username"], "192.0.2.1") for each in made["users"]]
        for client, each in zip((user, admin), made["users"], strict=True):
            assert (await client.login(each["password"])).status == 200
        assert len((await user.ask("GET", "/entries?limit=1000")).json["entries"]) > 500
        assert len((await admin.ask("GET", "/admin/ledger")).json["assets"]) == 6


async def test_a_database_elsewhere_is_refused_unseen(tmp_path: Path) -> None:
    settings = environment(database_url="postgresql://crossrate@db.example/crossrate", jwt_secret="x" * 32)
    ended = await run_crossrate("demo-data", folder=tmp_path, environment=settings)
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
    settings = Settings(_env_file=None, database_url=url, jwt_secret="x" * 32)
    assert is_database_here(settings) is is_here
