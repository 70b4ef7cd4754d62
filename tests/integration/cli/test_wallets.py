"""`crossrate wallets`: what an operator sees of a user's wallets."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.integration.identity.client import Client
from tests.integration.wallets.asking import funded, new_wallet
from tests.servers.command import Ended, environment, run_crossrate
from tests.servers.service import JWT_SECRET, running_service
from tests.servers.simulated_exchanges import SimulatedExchanges, running_simulated_exchanges, settings_of
from tests.unit.fakes.clock import TickingClock


@pytest.fixture(scope="module")
async def market() -> AsyncIterator[SimulatedExchanges]:
    async with aiohttp.ClientSession() as client, running_simulated_exchanges(client, in_real_time=True) as exchanges:
        yield exchanges


@pytest.fixture(scope="module")
async def folder(market: SimulatedExchanges, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database in which Ada has Bitcoin, dollars, and a coin that no exchange lists any more."""
    folder = tmp_path_factory.mktemp("wallets")
    (folder / "data").mkdir()
    url = f"sqlite:///{folder}/data/crossrate.db"
    async with (
        aiohttp.ClientSession() as client,
        running_service(market.url, client, TickingClock(), database_url=url) as service,
    ):
        ada, grace = Client(service, "ada", "192.0.2.1"), Client(service, "grace", "192.0.2.1")
        for user in (ada, grace):
            assert (await user.register()).status == 201
            assert (await user.login()).status == 200
        await funded(ada, "0.25", "BTC", "Savings")
        await funded(ada, "100", "USDT", "Pocket")
        await funded(ada, "5", "XOF", "Travels")
        await new_wallet(grace)
    return folder


async def wallets(market: SimulatedExchanges, folder: Path, *arguments: str, reference_rates: str = "none") -> Ended:
    settings = settings_of(market.url) | {"jwt_secret": JWT_SECRET, "reference_rates": reference_rates}
    return await run_crossrate("wallets", *arguments, folder=folder, environment=environment(**settings))


async def test_all_that_a_user_has_is_listed(market: SimulatedExchanges, folder: Path) -> None:
    listed = await wallets(market, folder, "list", "Ada")
    assert listed == Ended(
        0,
        "Savings\tBTC\t0.25\t0.25\t0\nPocket\tUSDT\t100\t100\t0\nTravels\tXOF\t5\t5\t0\n",
        "",
    )
    as_json = json.loads((await wallets(market, folder, "list", "ada", "--json")).output)
    assert [each["name"] for each in as_json["wallets"]] == ["Savings", "Pocket", "Travels"]


async def test_worth_is_shown_with_bars_and_what_is_missing(market: SimulatedExchanges, folder: Path) -> None:
    shown = await wallets(market, folder, "show", "ada", "--to", "USDT")
    assert (shown.status, shown.errors) == (0, "")
    savings, pocket, travels, total = [line.split("\t") for line in shown.output.splitlines()]
    assert pocket == ["Pocket", "USDT", "100", "100", "█" * 20, "priced"]
    assert (savings[:3], savings[5]) == (["Savings", "BTC", "0.25"], "priced")
    assert travels[3:5] == ["", ""]
    assert travels[5].startswith("unpriced: ")
    assert (total[0], total[5]) == ("total", "incomplete")
    as_json = json.loads((await wallets(market, folder, "show", "ada", "--to", "USDT", "--json")).output)
    assert as_json["complete"] is False


async def test_the_bank_is_asked_where_no_service_has_stored_its_rates(
    market: SimulatedExchanges, folder: Path
) -> None:
    shown = await wallets(market, folder, "show", "ada", "--to", "USD", reference_rates="ecb")
    savings, pocket, *_ = [line.split("\t") for line in shown.output.splitlines()]
    assert (savings[5], pocket[5]) == ("priced", "priced")


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("list", "grace"), 0, "There is nothing in this user's wallets."),
        (("show", "nobody"), 2, "there is no user nobody"),
        (("show", "ada", "--to", "B TC"), 2, "ticker"),
    ],
)
async def test_what_cannot_be_shown_is_said(
    market: SimulatedExchanges, folder: Path, arguments: tuple[str, ...], status: int, words: str
) -> None:
    ended = await wallets(market, folder, *arguments)
    assert (ended.status, words in ended.errors) == (status, True), ended


async def test_the_ledger_is_verified_from_here_too(market: SimulatedExchanges, folder: Path) -> None:
    verified = await wallets(market, folder, "verify", "--json")
    assert (verified.status, json.loads(verified.output)["fault_count"]) == (0, 0)
