"""The service and its command line as processes: disabling, secrets and what the logs hold."""

import json
import shutil
import stat
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from domain.identity.user import MIN_PASSWORD_LENGTH
from tests.integration.identity.client import PASSWORD, Client
from tests.integration.problems import is_problem
from tests.secrecy import secret
from tests.servers.command import Ended, environment, run_crossrate
from tests.servers.gunicorn import GUNICORN, two_workers
from tests.servers.service import JWT_SECRET
from tests.servers.service_client import Service
from tests.servers.service_process import ServiceProcess, ended, running_process
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.waiting import eventually

OTHER_PASSWORD = "another long password"  # noqa: S105 -- of users that the tests make up


async def users(folder: Path, *arguments: str, password: str = "", **settings: str) -> Ended:
    """Run `crossrate users` beside the service, with a password on standard input."""
    if len(password) >= MIN_PASSWORD_LENGTH:
        secret(password, "password")
    wide = environment(**settings) | {"COLUMNS": "200"}
    return await run_crossrate("users", *arguments, folder=folder, environment=wide, typed=f"{password}\n")


@pytest.fixture(scope="module")
async def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database. A service makes one a second after its start; commands that come sooner find none."""
    folder = tmp_path_factory.mktemp("migrated")
    assert (await run_crossrate("migrate", folder=folder, environment=environment())).status == 0
    return folder


async def test_the_operator_creates_lists_disables_and_resets_users(
    exchanges: SimulatedExchanges, client: aiohttp.ClientSession, migrated: Path, tmp_path: Path
) -> None:
    shutil.copytree(migrated, tmp_path, dirs_exist_ok=True)
    async with running_process(exchanges.url, client, tmp_path, require_auth="true") as process:
        created = await users(tmp_path, "create", "Ada", "--admin", "--password-stdin", password=PASSWORD)
        assert (created.status, created.errors) == (0, "")
        ada = Client(process.service, "ada", "192.0.2.1")
        assert (await ada.login()).status == 200
        assert (await ada.ask("GET", "/me")).json["role"] == "admin"
        key = await ada.new_key("convert")
        assert (await key.convert()).status == 200

        again = await users(tmp_path, "create", "ADA", "--password-stdin", password=PASSWORD)
        assert (again.status, "taken" in again.errors) == (2, True)
        listed = await users(tmp_path, "list")
        assert all(word in listed.output for word in ("Ada", "admin", "enabled"))

        assert (await users(tmp_path, "disable", "ada", "--keep-keys")).status == 0
        assert is_problem(await ada.ask("GET", "/me"), 401)
        assert is_problem(await ada.refreshed(), 401)
        assert is_problem(await key.convert(), 401)
        assert is_problem(await ada.login(), 401)
        assert "disabled" in (await users(tmp_path, "list")).output

        assert (await users(tmp_path, "enable", "ada")).status == 0
        assert is_problem(await ada.ask("GET", "/me"), 401)  # an ended session stays ended
        assert (await key.convert()).status == 200
        assert (await ada.login()).status == 200

        stranger = Client(process.service, "ada", "192.0.2.1")
        assert 429 in [(await stranger.login("a long guess")).status for _ in range(6)]
        reset = await users(tmp_path, "reset-password", "Ada", "--password-stdin", password=OTHER_PASSWORD)
        assert reset.output == "Ada has a new password. Sessions ended: 1; API keys deleted: 1.\n"
        assert is_problem(await key.convert(), 401)
        assert is_problem(await ada.ask("GET", "/me"), 401)
        assert is_problem(await ada.login(PASSWORD), 401)
        assert (await ada.login(OTHER_PASSWORD)).status == 200

        passwords = {"old": OTHER_PASSWORD, "new": PASSWORD}
        assert (await ada.ask("POST", "/me/password", json=passwords)).status == 200

        await revoke_by_command(tmp_path, ada)

        log = (await users(tmp_path, "audit")).output
        actions = (
            "register",
            "login",
            "create_key",
            "disable",
            "end_sessions",
            "delete_keys",
            "delete_key",
            "enable",
            "reset_password",
            "change_password",
            "refused",
            "command line",
        )
        assert [word for word in actions if word not in log] == []
        assert PASSWORD not in log


async def revoke_by_command(folder: Path, ada: Client) -> None:
    key = await ada.new_key("convert")
    (session,) = (await users(folder, "sessions", "ada")).output.splitlines()
    (listed_key,) = (await users(folder, "keys", "ada")).output.splitlines()
    assert session.split("\t")[3] == "127.0.0.1"
    assert listed_key.split("\t")[1:3] == ["a key", "convert"]
    one = await users(folder, "revoke", "ada", "--id", listed_key.split("\t")[0])
    assert one.output == "The access of Ada is revoked. Sessions ended: 0; API keys deleted: 1.\n"
    assert is_problem(await key.convert(), 401)
    assert (await ada.ask("GET", "/me")).status == 200
    await ada.new_key("convert")
    both = json.loads((await users(folder, "revoke", "ada", "--json")).output)
    assert (both["username"], both["sessions_ended"], both["api_keys_deleted"]) == ("Ada", 1, 1)
    assert is_problem(await ada.ask("GET", "/me"), 401)
    nothing = await users(folder, "revoke", "ada", "--sessions")
    assert (nothing.status, nothing.output) == (0, "Ada had nothing to revoke.\n")
    missing = await users(folder, "revoke", "ada", "--id", session.split("\t")[0])
    assert (missing.status, "no session and no API key" in missing.errors) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "password", "words"),
    [
        (("disable", "nobody"), "", "no user nobody"),
        (("reset-password", "nobody", "--password-stdin"), PASSWORD, "no user nobody"),
        (("create", "_", "--password-stdin"), PASSWORD, "must have 3 to 64"),
        (("create", "grace"), "", "pass it to --password-stdin"),
        (("create", "grace", "--password-stdin"), "short", "must have 8 to 128 characters"),
        (("create", "grace", "--password-stdin"), "password1", "The password is one of the most common"),
    ],
)
async def test_an_impossible_command_is_reported_in_a_line(
    migrated: Path, arguments: tuple[str, ...], password: str, words: str
) -> None:
    refused = await users(migrated, *arguments, password=password)
    assert refused.status == 2
    assert words in refused.errors
    assert "Traceback" not in refused.errors


async def test_a_database_that_is_down_is_reported_in_a_line(tmp_path: Path) -> None:
    refused = await users(tmp_path, "list", database_url="postgresql://x:pa55w0rd@127.0.0.1:1/x")
    assert refused.status == 3
    assert "pa55w0rd" not in refused.errors
    assert "Traceback" not in refused.errors


COMMANDS = {"serve": None, "gunicorn": (*GUNICORN, "--workers", "2")}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("secret", ["", "31 bytes are not quite enough.."])
async def test_with_postgres_and_without_a_secret_of_32_bytes_the_service_does_not_start(
    tmp_path: Path, secret: str, command: tuple[str, ...] | None
) -> None:
    status, errors = await ended(
        tmp_path, command=command, port="0", jwt_secret=secret, database_url="postgresql://x@127.0.0.1:1/x"
    )
    assert status == 2
    assert "CROSSRATE_JWT_SECRET" in errors
    assert "Traceback" not in errors
    assert not secret or secret not in errors
    assert bool(secret) or "openssl rand" in errors


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
async def test_a_folder_that_cannot_hold_the_secret_is_reported_in_one_line(
    tmp_path: Path, command: tuple[str, ...] | None
) -> None:
    (tmp_path / "data" / "jwt-secret").mkdir(parents=True)  # tests that run as root may write into any folder
    status, errors = await ended(tmp_path, command=command, port="0", jwt_secret="")
    assert status == 2
    (line,) = errors.strip().splitlines()
    assert line.startswith("Cannot keep a secret in data/jwt-secret: ")


@pytest.mark.parametrize("left", [b"", b"a"])
async def test_a_truncated_secret_is_not_used(tmp_path: Path, left: bytes) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "jwt-secret").write_bytes(left)
    status, errors = await ended(tmp_path, port="0", jwt_secret="")
    assert status == 2
    assert "32 bytes or more" in errors
    assert "Traceback" not in errors


async def test_a_bare_service_makes_its_secret_once_in_a_file_of_its_own_and_logs_it(
    exchanges: SimulatedExchanges, client: aiohttp.ClientSession, tmp_path: Path
) -> None:
    bare: Any = {"jwt_secret": "", "log_format": "json"}
    async with running_process(exchanges.url, client, tmp_path, **bare) as process:
        (logged,) = process.events("jwt_secret_made")
        ada = Client(process.service, "ada", "192.0.2.1")
        await ada.register()
        await ada.login()
    secret = tmp_path / str(logged["file"])
    assert len(secret.read_bytes()) >= 32
    assert secret.read_text() not in process.log()
    for file in (secret, tmp_path / "data" / "crossrate.db"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    async with running_process(exchanges.url, client, tmp_path, **bare) as process:
        assert process.events("jwt_secret_made") == []
        ada.service = process.service
        assert (await ada.ask("GET", "/me")).status == 200


async def test_all_workers_of_a_bare_gunicorn_sign_with_the_same_secret_as_serve_does(
    exchanges: SimulatedExchanges, client: aiohttp.ClientSession, tmp_path: Path
) -> None:
    any_worker = aiohttp.TCPConnector(force_close=True)  # a connection for each request, which any worker may accept
    async with (
        aiohttp.ClientSession(connector=any_worker) as client_of_both,
        two_workers(exchanges.url, client_of_both, tmp_path, jwt_secret="") as workers,
    ):
        assert len(workers.process.events("jwt_secret_made")) == 1
        ada = Client(workers.process.service, "ada", "192.0.2.1")
        with workers.only(workers.booted[0]):
            await ada.register()
            await ada.login()
        with workers.only(workers.booted[1]):
            assert (await ada.ask("GET", "/me")).status == 200
    async with running_process(exchanges.url, client, tmp_path, jwt_secret="", log_format="json") as process:
        assert process.events("jwt_secret_made") == []
        ada.service = process.service
        assert (await ada.ask("GET", "/me")).status == 200


async def test_no_token_key_or_password_is_in_any_line_of_the_log(
    exchanges: SimulatedExchanges, client: aiohttp.ClientSession, tmp_path: Path
) -> None:
    settings: Any = {"log_level": "debug", "log_format": "json", "require_auth": "true"}
    async with running_process(exchanges.url, client, tmp_path, **settings) as process:
        ada = Client(process.service, "ada", "192.0.2.1")
        await ada.register()
        await ada.login("not the password")
        await ada.login()
        first = (ada.access, ada.refresh)
        key = await ada.new_key("convert")
        await key.convert()
        await ada.refreshed()
        await ada.ask("POST", "/authenticate/refresh", json={"refresh_token": first[1]})
        await ada.ask("GET", "/me")
        await ada.ask("POST", "/authenticate/register", json={"username": "x", "password": OTHER_PASSWORD})
        await ada.ask("POST", "/authenticate/login", data=f'{{"password": "{OTHER_PASSWORD}"')
        await ada.ask("GET", "/me", headers={"Authorization": f"Bearer {first[0]}x"})
        database = "".join(file.read_bytes().decode("latin-1") for file in (tmp_path / "data").iterdir())
        log = process.log()
    assert log.count("request_answered") >= 10
    secrets = [PASSWORD, OTHER_PASSWORD, "not the password", *first, ada.access, ada.refresh, key.key, JWT_SECRET]
    for text in [*secrets, key.key.split("_", 2)[2]]:
        assert text not in log
        assert text not in database


async def test_workers_that_start_at_once_share_one_database(
    exchanges: SimulatedExchanges, client: aiohttp.ClientSession, tmp_path: Path
) -> None:
    command = (sys.executable, "-m", "gunicorn", "--config", "python:entrypoints.http.server.gunicorn_config")
    settings: Any = {"workers": "3", "log_format": "json", "rate_limit_authenticate": "off"}
    async with running_process(exchanges.url, client, tmp_path, command=command, **settings) as process:
        assert await _all_register(process.service) == 12
        assert len(process.events("database_migrated")) >= 1
        assert _failures(process) == []


async def _all_register(service: Service) -> int:
    made = 0
    for number in range(12):
        client = Client(service, f"user-{number}", "192.0.2.1")

        async def is_made(client: Client = client) -> bool:
            return (await client.register()).status in {201, 409}

        await eventually(is_made)
        made += (await client.login()).status == 200
    return made


def _failures(process: ServiceProcess) -> list[dict[str, object]]:
    return process.events("database_failed") + process.events("request_failed")
