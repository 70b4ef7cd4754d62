"""The page for operators names every alarm that the service raises, and no others."""

import ast
import re
from collections.abc import Iterator
from itertools import chain
from typing import cast

import pytest
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.metrics import MetricWrapperBase

from adapters.prometheus.feed_meter import PrometheusFeedMeter
from adapters.prometheus.job_meter import PrometheusJobMeter
from adapters.prometheus.ledger_meter import PrometheusLedgerMeter
from adapters.prometheus.meter import PrometheusMeter
from adapters.prometheus.orders_meter import PrometheusOrdersMeter
from adapters.prometheus.quote_meter import PrometheusQuoteMeter
from adapters.prometheus.rate_exposition import LABELS, rate_families
from adapters.prometheus.reconciliation_meter import PrometheusReconciliationMeter
from adapters.prometheus.reference_meter import PrometheusReferenceMeter
from adapters.prometheus.request_meter import PrometheusRequestMeter
from adapters.prometheus.task_meter import PrometheusTaskMeter
from adapters.prometheus.webhook_meter import PrometheusWebhookMeter
from domain.rates.errors import FailureReason
from entrypoints.settings.settings import Settings
from tests.project import ROOT

PAGE = (ROOT / "docs" / "operate.md").read_text()
LEVELS = {"debug", "info", "warning", "error", "exception"}
ALARMING = {"warning", "error", "exception"}


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading, without its head."""
    below = re.split(rf"^#+ {re.escape(heading)}$", PAGE, maxsplit=1, flags=re.MULTILINE)[1]
    lines = re.search(r"(?:^\|.*\n)+", below, re.MULTILINE)
    assert lines
    return [line.strip("|").split(" | ") for line in lines.group().splitlines()[2:]]


def named(text: str, pattern: str) -> set[str]:
    return set(re.findall(pattern, " ".join(re.findall(r"`([^`]+)`", text))))


def registry_of_all_meters() -> CollectorRegistry:
    registry = CollectorRegistry()
    meter = PrometheusMeter(registry, ["binance", "kucoin"])
    PrometheusFeedMeter(registry, ["binance", "kucoin"], meter.ages)
    PrometheusQuoteMeter(registry)
    PrometheusReferenceMeter(registry)
    PrometheusRequestMeter(registry)
    PrometheusJobMeter(registry, ["job"])
    PrometheusTaskMeter(registry)
    PrometheusLedgerMeter(registry)
    PrometheusOrdersMeter(registry)
    PrometheusWebhookMeter(registry)
    PrometheusReconciliationMeter(registry)
    return registry


def families() -> list[Metric]:
    return [*registry_of_all_meters().collect(), *rate_families([], 0)]


def exported_names() -> set[str]:
    suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"], "gauge": [""]}
    return {family.name + suffix for family in families() for suffix in suffixes[family.type]}


@pytest.fixture(scope="module")
def events() -> set[tuple[str, str]]:
    """The level and event of each line that the service can log."""
    return set(log_calls())


def log_calls() -> Iterator[tuple[str, str]]:
    for file in (ROOT / "src").rglob("*.py"):
        for function in ast.walk(ast.parse(file.read_text())):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from _events_in(function)


def _events_in(function: ast.AST) -> Iterator[tuple[str, str]]:
    for call in ast.walk(function):
        match call:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="log"), attr=level), args=[event, *_]) if (
                level in LEVELS
            ):
                for name in _values(event, function):
                    yield level, name
            case _:
                pass


def _values(event: ast.expr, function: ast.AST) -> Iterator[str]:
    """Yield the constant, or every constant assigned to the name in the same function."""
    if isinstance(event, ast.Name):
        assignments = [each for each in ast.walk(function) if isinstance(each, ast.Assign)]
        sources = [each.value for each in assignments if ast.unparse(each.targets[0]) == event.id]
    else:
        sources = [event]
    for constant in chain.from_iterable(map(ast.walk, sources)):
        if isinstance(constant, ast.Constant) and isinstance(constant.value, str):
            yield constant.value


def test_known_events_are_found_in_the_code(events: set[tuple[str, str]]) -> None:
    names = {name for _, name in events}
    assert {"exchange_failed", "throttle_engaged", "throttle_released", "pair_diverged", "service_started"} <= names


def test_every_metric_has_an_alarm_or_a_place_in_one() -> None:
    alarms = " ".join(chain.from_iterable(rows("Alarms")))
    missing = [family.name for family in families() if family.name not in alarms]
    assert missing == [], "docs/operate.md needs a row for each"


def test_every_metric_that_the_page_names_is_exported() -> None:
    assert named(PAGE, r"\bcrossrate_[a-z_]+") <= exported_names()


def test_every_label_in_a_condition_is_one_that_its_metric_has() -> None:
    collectors = cast("list[MetricWrapperBase]", list(registry_of_all_meters()._collector_to_names))
    labels = {collector._name: set(collector._labelnames) for collector in collectors}
    labels |= {family.name: set(LABELS) for family in rate_families([], 0)}
    for metric, conditions in re.findall(r"(crossrate_[a-z_]+)\{([^}]+)\}", PAGE):
        name = re.sub(r"_(total|bucket|sum|count)$", "", metric)
        assert set(re.findall(r"(\w+)[=!]", conditions)) <= labels[name], metric


def test_every_reason_why_an_exchange_fails_is_explained_and_no_other() -> None:
    assert {row[0].strip(" `") for row in rows("Why an exchange fails")} == {reason.value for reason in FailureReason}


def test_every_warning_of_the_log_is_explained_and_no_other(events: set[tuple[str, str]]) -> None:
    explained = {name for row in rows("What the log warns of") for name in named(row[0], r"\w+")}
    logged = {name for level, name in events if level in ALARMING}
    assert explained == logged, "docs/operate.md needs a row for each warning of the log, and no other"


def test_every_event_that_the_page_names_is_logged(events: set[tuple[str, str]]) -> None:
    known = {name for _, name in events} | {"request_answered"}
    words = named(PAGE, r"(?<![\w.])[a-z]+(?:_[a-z]+)+(?![\w(])")
    endings = (
        "_failed",
        "_recovered",
        "_opened",
        "_closed",
        "_dropped",
        "_engaged",
        "_missed",
        "_skipped",
        "_diverged",
    )
    assert {word for word in words if word.endswith(endings)} <= known


def test_every_setting_that_the_page_names_exists() -> None:
    settings = set(re.findall(r"\bCROSSRATE_[A-Z_]+\b(?!\*)", PAGE))
    names = {name.removeprefix("CROSSRATE_").removesuffix("_FILE").lower() for name in settings}
    assert names - Settings.model_fields.keys() == set()
    assert len(names) > 30
