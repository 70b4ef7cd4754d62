"""The Grafana dashboard uses only metrics that the service exports."""

import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from domain.currency import Currency
from domain.orders.clearing_asset import ClearingAsset
from tests.contracts.exposed import Exposed
from tests.integration.identity.client import Client
from tests.integration.orders.for_sale import sell
from tests.integration.wallets.asking import new_currency, new_wallet, post
from tests.project import ROOT
from tests.servers.service import RunService
from tests.servers.service_client import Service
from tests.waiting import eventually

OBSERVABILITY = ROOT / "docker" / "observability"
GRAFANA = OBSERVABILITY / "grafana"

Json = dict[str, Any]


@pytest.fixture(scope="module")
def panels() -> list[Json]:
    dashboard: Json = orjson.loads((GRAFANA / "dashboards" / "crossrate.json").read_bytes())
    found: list[Json] = dashboard["panels"]
    return found


@pytest.fixture
async def exposed(run_service: RunService, tmp_path: Path) -> Exposed:
    """The metrics once each of them has changed."""
    database_url = f"sqlite:///{tmp_path}/crossrate.db"
    settings = {"quote_pairs": ("BTC/USDT",), "exported_pairs": ("BTC/USDT",), "reference_rates": "ecb"}
    # An order that comes after the first look waits for the next one.
    async with run_service(database_url=database_url, clearing_interval_seconds=0.2, **settings) as service:
        await buy(service, database_url)
        for exchange in ("binance", "kucoin"):
            assert (await service.convert(exchange=exchange)).status == 200

        async def scrape() -> Exposed:
            return Exposed((await service.ask("GET", "/metrics")).body.decode())

        async def has_recorded() -> bool:
            now = await scrape()
            # The job ends a moment after its quote is kept.
            names = {
                "crossrate_quote_age_seconds",
                "crossrate_job_duration_seconds_count",
                "crossrate_reference_rates_overdue_seconds",
                "crossrate_order_settled_seconds_count",
            }
            return names <= {sample.name for sample in now.samples}

        await eventually(has_recorded)
        return await scrape()


async def buy(service: Service, database_url: str) -> None:
    await sell(database_url, ClearingAsset(Currency("BTC"), ("simulated",)))
    ada = Client(service, "ada", "192.0.2.1")
    await ada.register()
    await ada.login()
    await new_currency(ada, await new_wallet(ada, "main"), "USDT", "100000")
    purchase = {"wallet": "main", "buy": "BTC", "pay_with": "USDT", "amount": "0.1"}
    assert (await post(ada, "/orders", purchase)).status == 201


def queries(panels: list[Json]) -> list[str]:
    return [target["expr"] for panel in panels for target in panel["targets"]]


async def test_it_shows_exactly_the_exported_metrics(panels: list[Json], exposed: Exposed) -> None:
    asked = {name for query in queries(panels) for name in re.findall(r"\bcrossrate_\w+", query)}
    assert asked <= {sample.name for sample in exposed.samples}
    shown = {family.name for family in exposed.families if any(name.startswith(family.name) for name in asked)}
    assert shown == {family.name for family in exposed.families}


async def test_it_names_only_labels_and_values_that_exist(panels: list[Json], exposed: Exposed) -> None:
    known = exposed.label_values()
    named = 0
    for panel in panels:
        for target in panel["targets"]:
            groups = re.findall(r" by \(([^)]*)\)", target["expr"])
            labels = {label.strip() for group in groups for label in group.split(",")}
            assert labels <= known.keys(), target["expr"]
            shown = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
            assert shown <= (labels or known.keys()), target["legendFormat"]
            for label, value in re.findall(r'[{,](\w+)="([^"]*)"', target["expr"]):
                assert value in known[label], target["expr"]
            named += len(labels) + len(shown)
    assert named > 10


def test_its_panels_differ_and_use_the_provided_data_source(panels: list[Json]) -> None:
    assert len({panel["id"] for panel in panels}) == len(panels) == len({panel["title"] for panel in panels})
    source = (GRAFANA / "provisioning" / "datasources" / "prometheus.yml").read_text()
    asked = {target["datasource"]["uid"] for panel in panels for target in [panel, *panel["targets"]]}
    assert asked == {"prometheus"}
    assert "uid: prometheus\n" in source
