"""The results as a table for people and as JSON for programs."""

import os
import platform
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import orjson
from rich import box
from rich.table import Table

from benchmarks.arithmetic import Measurement
from benchmarks.machine_speed import slowness
from benchmarks.targets import Target, Verdict

_CPU_NAME = re.compile(r"^model name\s*:\s*(.+)$", re.MULTILINE)

STYLES = {Verdict.AIM: "green", Verdict.BAR: "green", Verdict.WITHIN_TOLERANCE: "yellow", Verdict.MISSED: "red"}
HEADINGS = ("figure", "measured", "spread", "here", "bar", "aim", "verdict")


@dataclass(frozen=True, slots=True)
class Row:
    """A measurement and its target."""

    target: Target
    measurement: Measurement

    @property
    def verdict(self) -> Verdict:
        """The verdict on the median."""
        return self.target.verdict(self.measurement.median, self.measurement.slowness)

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as text, under `HEADINGS`."""
        target, (lowest, highest) = self.target, self.measurement.spread
        return (
            target.title,
            number(self.measurement.median, target.unit),
            f"{number(lowest)} to {number(highest)}",
            self.measurement.absolute,
            "" if target.bar is None else f"{target.better} {number(target.bar, target.unit)}",
            "" if target.aim is None else number(target.aim, target.unit),
            self.verdict.value,
        )


def rows(measurements: Sequence[Measurement], targets: Mapping[str, Target]) -> list[Row]:
    """Pair each measurement with its target."""
    return [Row(targets[each.key], each) for each in measurements]


def missed(judged: Sequence[Row]) -> list[str]:
    """Return the titles of the figures that missed their bar by more than the tolerance."""
    return [row.target.title for row in judged if row.verdict is Verdict.MISSED]


async def held(
    measure: Callable[[], Awaitable[list[Measurement]]], targets: Mapping[str, Target], attempts: int
) -> list[Measurement]:
    """Measure, and repeat for figures that miss by more than the tolerance, `attempts` times at most.

    What misses is judged by how slow the machine is now. The note of a repeated figure gives its earlier value.
    """
    kept = {each.key: each for each in await measure()}
    for attempt in range(attempts):
        late = [row.measurement for row in rows([*kept.values()], targets) if row.verdict is Verdict.MISSED]
        if not late:
            break
        kept |= {each.key: _judged_here(each) for each in late}
        if attempt == attempts - 1 or not missed(rows([*kept.values()], targets)):
            break
        for again in await measure():
            before = kept[again.key]
            if targets[again.key].verdict(before.median, before.slowness) is Verdict.MISSED:
                repeated = f"measured again, before: {number(before.median)}"
                kept[again.key] = replace(again, note="; ".join(filter(None, (again.note, repeated))))
    return [*kept.values()]


def _judged_here(measured: Measurement) -> Measurement:
    times = slowness()
    said = f"judged for a machine that takes {number(times)} times as long as usual" if times > 1 else ""
    return replace(measured, slowness=times, note="; ".join(filter(None, (measured.note, said))))


def table(judged: Sequence[Row], head: str) -> Table:
    """Return the table, with each note below its figure."""
    drawn = Table(*HEADINGS, title=head, title_justify="left", box=box.SIMPLE_HEAD)
    for row in judged:
        title, *others, verdict = row.cells
        note = f"\n[dim]{row.measurement.note}[/dim]" if row.measurement.note else ""
        drawn.add_row(title + note, *others, f"[{STYLES.get(row.verdict, 'dim')}]{verdict}[/]")
    return drawn


def markdown(judged: Sequence[Row]) -> str:
    """Return the table without notes and the machine, for docs/benchmark.md."""
    lines = [HEADINGS, ("---",) * len(HEADINGS), *(row.cells for row in judged)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines) + f"\nHere: {machine_in_words()}.\n"


def document(judged: Sequence[Row], **circumstances: object) -> bytes:
    """Return everything as JSON."""
    figures = [
        {
            "key": row.measurement.key,
            "title": row.target.title,
            "unit": row.target.unit,
            "better": row.target.better.name.lower(),
            "samples": list(row.measurement.samples),
            "median": row.measurement.median,
            "bar": row.target.bar,
            "aim": row.target.aim,
            "verdict": row.verdict.name.lower(),
            "note": row.measurement.note,
            "absolute": row.measurement.absolute,
        }
        for row in judged
    ]
    results = {"measured_at": datetime.now(UTC), "machine": machine(), **circumstances, "figures": figures}
    return orjson.dumps(results, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def machine() -> dict[str, object]:
    """Name the machine that the absolute figures hold for."""
    cpu = Path("/proc/cpuinfo")
    names = _CPU_NAME.findall(cpu.read_text()) if cpu.exists() else []
    return {
        "processor": names[0] if names else platform.processor() or platform.machine(),
        "processors": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "platform": platform.platform(),
        "python": platform.python_version(),
    }


def machine_in_words() -> str:
    """Return the same for the table's heading."""
    named = machine()
    system = f"{named['platform']}, Python {named['python']}"
    return f"{named['processor']}, {named['processors']} processors, {named['memory_gb']} GB, {system}"


def write(folder: Path, judged: Sequence[Row], **circumstances: object) -> Path:
    """Write latest.json and latest.md; return the first."""
    folder.mkdir(exist_ok=True)
    (folder / "latest.md").write_text(markdown(judged), encoding="utf-8")
    file = folder / "latest.json"
    file.write_bytes(document(judged, **circumstances))
    return file


def number(value: float, unit: str = "") -> str:
    """Return three significant digits, or all digits before the point if there are more."""
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{text} {unit}".strip()
