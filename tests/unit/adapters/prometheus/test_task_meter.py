"""How many tasks are under way shows among the metrics, and goes down again when they end."""

import asyncio

from prometheus_client import CollectorRegistry

from adapters.prometheus.exposition import Exposition
from adapters.prometheus.task_meter import PrometheusTaskMeter
from tests.contracts.exposed import Exposed
from tests.unit.fakes.clock import FakeClock


async def test_tasks_are_counted_while_they_are_under_way() -> None:
    registry = CollectorRegistry()
    exposition = Exposition(registry, [PrometheusTaskMeter(registry)], FakeClock())

    def scrape() -> float | None:
        exposition.flush()
        return Exposed(exposition.render().decode()).value("crossrate_tasks")

    before = scrape()
    assert before
    end = asyncio.Event()
    tasks = [asyncio.create_task(end.wait()) for _ in range(5)]
    assert scrape() == before + 5
    end.set()
    await asyncio.wait(tasks)
    assert scrape() == before
