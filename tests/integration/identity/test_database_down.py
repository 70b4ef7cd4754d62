"""Without its database the service converts, and answers 503 with a retry time to everything else."""

import pytest

from adapters.sql.database import SqlDatabase
from tests.integration.identity.client import PASSWORD, Client, Newcomers
from tests.integration.problems import is_problem
from tests.servers.postgres import PostgresProcess
from tests.servers.service import RunService
from tests.waiting import eventually

NOWHERE = "postgresql://crossrate:pa55w0rd@127.0.0.1:1/crossrate"


async def test_without_the_database_only_conversions_work(run_service: RunService) -> None:
    async with run_service(database_url=NOWHERE) as service:
        client = Client(service, "somebody", "192.0.2.1")
        for answer in (
            await client.register(),
            await client.login(),
            await client.ask("GET", "/me", headers={"X-API-Key": f"crk_{'0' * 32}_{'A' * 43}"}),
        ):
            assert is_problem(answer, 503)
            assert answer.json["type"] == "/problems/database-unavailable"
            assert int(answer.headers["Retry-After"]) > 0
            assert b"127.0.0.1" not in answer.body
        assert (await client.convert()).status == 200
        readiness = await service.readiness()
        assert readiness["status"] == "degraded"
        assert readiness["dependencies"]["database"]["status"] == "down"
        assert "pa55w0rd" not in str(readiness)


async def test_a_postgres_without_the_schema_counts_as_down(run_service: RunService, postgres_url: str) -> None:
    async with run_service(database_url=postgres_url) as service:
        assert is_problem(await Client(service, "somebody", "192.0.2.1").register(), 503)
        assert "crossrate migrate" in (await service.readiness())["dependencies"]["database"]["detail"]


@pytest.mark.parametrize("require_auth", [False, True])
async def test_a_postgres_that_goes_down_and_comes_back_is_used_again(
    run_service: RunService, postgres_process: PostgresProcess, *, require_auth: bool
) -> None:
    await SqlDatabase(postgres_process.url, upgrades_itself=False).migrate()
    settings = {"database_url": postgres_process.url, "require_auth": require_auth, "rate_limit_authenticate": "off"}
    async with run_service(**settings) as service:
        ada = await Newcomers(service).user()
        assert (await ada.convert()).status == 200
        postgres_process.stop()
        assert is_problem(await ada.ask("GET", "/me"), 503)
        assert (await ada.convert()).status == (503 if require_auth else 200)
        assert is_problem(await Client(service, "x-y-z", ada.address).login(PASSWORD), 503)
        postgres_process.start()

        async def is_back() -> bool:
            return (await ada.ask("GET", "/me")).status == 200

        await eventually(is_back)
        assert (await ada.convert()).status == 200
        assert (await service.readiness())["dependencies"]["database"] == {"status": "up"}
