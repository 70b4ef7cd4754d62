"""A service whose accounts are created by its operator only."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from adapters.argon2.password_hasher import Argon2PasswordHasher
from domain.identity.user import Password
from tests.integration.identity.client import PASSWORD, Client
from tests.integration.problems import is_problem
from tests.servers.command import environment, run_crossrate
from tests.servers.service import RunService
from tests.servers.service_client import Answer
from tests.servers.service_process import running_process
from tests.servers.simulated_exchanges import SimulatedExchanges

NOWHERE = "postgresql://crossrate:pa55w0rd@127.0.0.1:1/crossrate"
PREFIXES = ("/api/v1", "/api")


async def registering(client: Client, prefix: str) -> Answer:
    credentials = {"username": client.name, "password": PASSWORD}
    return await client.ask("POST", f"{prefix}/authenticate/register", json=credentials)


def is_closed(answer: Answer) -> bool:
    return (
        is_problem(answer, 403)
        and answer.json["type"] == "/problems/registration-closed"
        and "`crossrate users create`" in answer.json["detail"]
    )


@pytest.mark.parametrize("prefix", PREFIXES)
async def test_only_the_operator_creates_accounts(
    exchanges: SimulatedExchanges, client: aiohttp.ClientSession, tmp_path: Path, prefix: str
) -> None:
    closed: Any = {"require_auth": "true", "open_registration": "false"}
    async with running_process(exchanges.url, client, tmp_path, **closed) as process:
        ada = Client(process.service, "ada", "192.0.2.1")
        assert is_closed(await registering(ada, prefix))
        assert is_problem(await ada.login(), 401)
        assert is_problem(await ada.convert(), 401)
        created = await run_crossrate("users", "create", "ada", "--password-stdin",
            folder=tmp_path, environment=environment(**closed), typed=f"{PASSWORD}\n",
        )  # fmt: skip
        assert (created.status, created.errors) == (0, "")
        assert is_closed(await registering(ada, prefix))
        assert (await ada.login()).status == 200
        assert (await ada.convert()).status == 200


@pytest.mark.parametrize("prefix", PREFIXES)
async def test_the_rejection_neither_hashes_a_password_nor_uses_the_database(
    run_service: RunService, monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    hashed = []

    async def hash_and_tell(_: Argon2PasswordHasher, password: Password) -> str:
        hashed.append(password)
        return "a hash"

    monkeypatch.setattr(Argon2PasswordHasher, "hash", hash_and_tell)
    # Using this database would be a 503, as it is when registration is open.
    async with run_service(database_url=NOWHERE) as service:
        assert is_problem(await registering(Client(service, "ada", "192.0.2.1"), prefix), 503)
    assert len(hashed) == 1
    async with run_service(database_url=NOWHERE, open_registration=False) as service:
        assert is_closed(await registering(Client(service, "ada", "192.0.2.1"), prefix))
    assert len(hashed) == 1


async def test_closed_registration_rejects_valid_and_invalid_bodies_alike(run_service: RunService) -> None:
    async with run_service(open_registration=False) as service:
        client = Client(service, "ada", "192.0.2.1")
        for body in (b"", b"{", b'{"username": "_"}', b"x" * 70_000):
            assert is_closed(await client.ask("POST", "/authenticate/register", data=body))


async def test_rejections_are_counted_by_address_like_registrations(run_service: RunService) -> None:
    async with run_service(open_registration=False, rate_limit_authenticate="2/hour") as service:
        client = Client(service, "ada", "192.0.2.1")
        answers = [await client.register() for _ in range(3)]
    assert [answer.status for answer in answers] == [403, 403, 429]
    assert answers[1].headers["RateLimit"].startswith('"authenticate";r=0;t=')
