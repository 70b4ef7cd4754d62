"""The Grafana dashboard uses only metrics that the service exports."""

import re
from typing import Any

import orjson
import pytest

from tests.contracts.exposed import Exposed
from tests.project import ROOT
from tests.servers.service import RunService
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
async def exposed(run_service: RunService) -> Exposed:
    """The metrics once each of them has changed."""
    async with run_service(quote_pairs=("BTC/USDT",), reference_rates="ecb") as service:
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
            }
            return names <= {sample.name for sample in now.samples}

        await eventually(has_recorded)
        return await scrape()


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
