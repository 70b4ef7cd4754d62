"""The answer of `GET /metrics`, read as Prometheus reads it."""

from prometheus_client.parser import text_string_to_metric_families


class Exposed:
    """The samples of one answer."""

    def __init__(self, text: str) -> None:
        self.families = list(text_string_to_metric_families(text))
        self.samples = [sample for family in self.families for sample in family.samples]

    def value(self, name: str, **labels: str) -> float | None:
        """Return the one sample with this name and just these labels, None when there is none."""
        found = [sample.value for sample in self.samples if sample.name == name and sample.labels == labels]
        assert len(found) <= 1, (name, labels)
        return found[0] if found else None

    def count(self, name: str, **labels: str) -> float:
        """Return the sum of the samples that have at least these labels."""
        return sum(
            sample.value for sample in self.samples if sample.name == name and labels.items() <= sample.labels.items()
        )

    def label_values(self) -> dict[str, set[str]]:
        """Return every value of every label."""
        found: dict[str, set[str]] = {}
        for sample in self.samples:
            for label, value in sample.labels.items():
                found.setdefault(label, set()).add(value)
        return found
