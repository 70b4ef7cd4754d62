"""The reply to COMMIT is lost: nobody is told that nothing was changed, and a repeat with the same key is safe."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from uuid import uuid4

import aiohttp
import pytest

from adapters.sql import liveness
from adapters.sql import open_database as opening
from adapters.sql.database import SqlDatabase
from adapters.sql.repositories import SqlRepositories
from domain.errors import DatabaseUnavailable, OutcomeUnknown
from tests.integration.identity.client import Client, Newcomers
from tests.integration.problems import is_problem
from tests.resilience.proxy import Fault, Link, Proxy, Send, running_proxy
from tests.secrecy import tokens
from tests.servers.service import running_service
from tests.servers.service_client import Answer
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.unit.fakes.accounts import user
from tests.unit.fakes.clock import TickingClock
from tests.waiting import eventually

pytestmark = pytest.mark.usefixtures("prompt_probes")

COMMIT = b"COMMIT"


@dataclass
class CutInsideCommit(Fault):
    """The first COMMIT of a transaction that writes reaches the server, or it does not; its answer never arrives."""

    reaches_server: bool
    writing: set[Send] = field(default_factory=set, init=False)
    is_cut: bool = field(default=False, init=False)

    async def carry(self, chunk: bytes, link: Link) -> None:
        if b"BEGIN" in chunk and not link.is_answer:
            (self.writing.discard if b"READ ONLY" in chunk else self.writing.add)(link.send)
        if COMMIT in chunk and link.send in self.writing:
            self.is_cut = True
            if self.reaches_server:
                await link.send(chunk)
                await asyncio.sleep(0.05)  # so that the server commits before it sees the connection end
            raise ConnectionResetError
        if not (self.is_cut and link.is_answer):
            await link.send(chunk)


@dataclass
class SilentAfterCommit(Fault):
    """The server commits, and its answer never arrives."""

    is_committing: bool = field(default=False, init=False)

    async def carry(self, chunk: bytes, link: Link) -> None:
        self.is_committing = self.is_committing or (COMMIT in chunk and not link.is_answer)
        if link.is_answer and self.is_committing:
            await link.pause(None)
        else:
            await link.send(chunk)


@pytest.fixture
async def proxy(postgres_url: str) -> AsyncIterator[Proxy]:
    await SqlDatabase(postgres_url, upgrades_itself=False).migrate()
    server = urlsplit(postgres_url)
    assert server.hostname is not None
    assert server.port is not None
    async with running_proxy((server.hostname, server.port)) as proxy:
        yield proxy


@pytest.fixture
def through_proxy(proxy: Proxy, postgres_url: str) -> str:
    """The address of the database behind the proxy."""
    url = urlsplit(postgres_url)
    return url._replace(netloc=f"{url.username}:{url.password}@127.0.0.1:{proxy.port}").geturl()


@pytest.fixture
async def ada(
    session_exchanges: SimulatedExchanges, client: aiohttp.ClientSession, through_proxy: str
) -> AsyncIterator[Client]:
    settings = {"database_url": through_proxy, "trusted_proxies": ("127.0.0.1/32",), "rate_limit_account": "off"}
    async with running_service(session_exchanges.url, client, TickingClock(), **settings) as service:
        yield await Newcomers(service).user()


async def make_key(client: Client, headers: dict[str, str]) -> Answer:
    answer = await client.ask("POST", "/api-keys", json={"name": "report", "scopes": ["convert"]}, headers=headers)
    if answer.status == 201:
        tokens(answer.json)
    return answer


@pytest.mark.parametrize("reaches_server", [True, False])
async def test_whether_or_not_it_was_committed_a_repeat_with_the_key_makes_it_once(
    proxy: Proxy, ada: Client, *, reaches_server: bool
) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    proxy.commit(CutInsideCommit(reaches_server))
    lost = await make_key(ada, headers)
    assert is_problem(lost, 504)
    assert lost.json["type"] == "/problems/outcome-unknown"
    assert "Retry-After" not in lost.headers
    proxy.stop()

    async def is_answered() -> bool:
        return (await ada.ask("GET", "/me")).status == 200

    await eventually(is_answered)
    repeat = await make_key(ada, headers)
    assert repeat.status == 201
    assert repeat.headers["Idempotency-Replayed"] == ("true" if reaches_server else "false")
    made = (await ada.ask("GET", "/api-keys")).json["api_keys"]
    assert [each["id"] for each in made] == [repeat.json["id"]]
    assert (await ada.ask("GET", "/me", headers={"Authorization": f"Bearer {repeat.json['key']}"})).status == 403


@pytest.mark.parametrize("ended_by", ["unit timeout", "hung server"])
async def test_a_change_that_is_cut_off_while_it_commits_has_an_unknown_outcome(
    proxy: Proxy, through_proxy: str, monkeypatch: pytest.MonkeyPatch, ended_by: str
) -> None:
    if ended_by == "unit timeout":
        monkeypatch.setattr(opening, "UNIT_TIMEOUT_SECONDS", 0.5)
        monkeypatch.setattr(liveness, "PROBE_AFTER_SECONDS", 5.0)
    database, ada = SqlDatabase(through_proxy, upgrades_itself=False), user("Ada")
    async with database.writing() as unit:
        await unit.users.list_all()
    proxy.commit(SilentAfterCommit())
    with pytest.raises(OutcomeUnknown):
        await database.write(lambda unit: unit.users.add(ada))
    proxy.stop()

    async def is_there() -> bool:
        try:
            async with database.reading() as unit:
                return await unit.users.list_all() == [ada]
        except DatabaseUnavailable:
            return False

    await eventually(is_there)
    await database.close()


async def test_a_caller_that_goes_away_during_the_commit_leaves_all_of_it(proxy: Proxy, through_proxy: str) -> None:
    database, ada, silence = SqlDatabase(through_proxy, upgrades_itself=False), user("Ada"), SilentAfterCommit()
    async with database.writing() as unit:
        await unit.users.list_all()
    proxy.commit(silence)
    writing = asyncio.create_task(database.write(lambda unit: unit.users.add(ada)))

    async def is_committing() -> bool:
        return silence.is_committing

    await eventually(is_committing)
    await asyncio.sleep(0.05)  # so that the server has committed
    writing.cancel()
    proxy.stop()
    with pytest.raises(asyncio.CancelledError):
        await writing
    async with database.reading() as unit:
        assert await unit.users.list_all() == [ada]
    async with database.writing() as unit:
        await unit.users.add(user("Grace"))
    await database.close()


async def test_a_change_that_fails_before_it_commits_was_not_made(proxy: Proxy, through_proxy: str) -> None:
    database = SqlDatabase(through_proxy, upgrades_itself=False)

    async def lose_the_connection(unit: SqlRepositories) -> None:
        await unit.users.add(user("Ada"))
        await proxy.close()
        await unit.users.add(user("Grace"))

    with pytest.raises(DatabaseUnavailable) as refused:
        await database.write(lose_the_connection)
    assert type(refused.value) is DatabaseUnavailable
    await database.close()
