"""Counts reach the registry when they are flushed, each once."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from adapters.prometheus.tallies import Durations, Tallies, Tally
from tests.contracts.exposed import Exposed

BOUNDS = (0.01, 0.1, 1.0)


def exposed(registry: CollectorRegistry) -> Exposed:
    return Exposed(generate_latest(registry).decode())


def test_a_count_is_written_once_however_often_it_is_flushed() -> None:
    registry = CollectorRegistry()
    tally = Tally(Counter("seen", "-", registry=registry).inc)
    tally.count += 3
    assert exposed(registry).value("seen_total") == 0
    tally.flush()
    tally.flush()
    tally.count += 1
    tally.flush()
    assert exposed(registry).value("seen_total") == 4


def test_durations_fall_into_the_buckets_of_the_library_itself() -> None:
    registry = CollectorRegistry()
    ours = Histogram("ours", "-", buckets=BOUNDS, registry=registry)
    theirs = Histogram("theirs", "-", buckets=BOUNDS, registry=registry)
    durations = Durations(ours, BOUNDS)
    for seconds in (0.0, 0.005, 0.01, 0.0100001, 0.1, 0.5, 1.0, 1.5, 60.0):
        durations.observe(seconds)
        theirs.observe(seconds)
    durations.flush()
    durations.flush()
    found = exposed(registry)
    for name, labels in (("bucket", {"le": le}) for le in ("0.01", "0.1", "1.0", "+Inf")):
        assert found.value(f"ours_{name}", **labels) == found.value(f"theirs_{name}", **labels)
    assert found.value("ours_count") == 9
    assert found.value("ours_sum") == found.value("theirs_sum")


def test_a_series_starts_at_0_with_its_first_use() -> None:
    registry = CollectorRegistry()
    counter = Counter("answers", "-", ["status"], registry=registry)
    tallies: Tallies[tuple[str], Tally] = Tallies(lambda status: Tally(counter.labels(status).inc))
    assert exposed(registry).value("answers_total", status="200") is None
    tallies["200",].count += 0
    assert exposed(registry).value("answers_total", status="200") == 0
    tallies["200",].count += 2
    tallies["404",].count += 1
    tallies.flush()
    assert exposed(registry).value("answers_total", status="200") == 2
    assert exposed(registry).value("answers_total", status="404") == 1
