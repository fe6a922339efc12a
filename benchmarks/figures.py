"""The figures and their limits, out of what was seen of the programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from statistics import median

from benchmarks.api import Lists, Streams
from benchmarks.presses import Use
from benchmarks.starts import Start


class Judged(Enum):
    """What a limit is held against."""

    RATIO = "×"
    """Ours divided by the bare one's."""
    DIFFERENCE = "+"
    """Ours less the bare one's."""
    AMOUNT = ""
    """Ours alone."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the comparison."""

    name: str
    unit: str
    ours: float
    bare: float
    """The bare table's; for the API that of Ollama's own client."""
    judged: Judged
    limit: float

    @property
    def ratio(self) -> float | None:
        """Ours divided by the bare one's; None where that has nothing."""
        return self.ours / self.bare if self.bare else None

    @property
    def is_over(self) -> bool:
        """Whether the limit is passed."""
        if self.judged is Judged.DIFFERENCE:
            return self.ours - self.bare > self.limit
        if self.judged is Judged.RATIO:
            return self.ours / self.bare > self.limit
        return self.ours > self.limit


@dataclass(slots=True)
class Seen:
    """All that was seen of the two programs on one server."""

    models: int
    ours_cached: list[Start] = field(default_factory=list)
    ours_uncached: list[Start] = field(default_factory=list)
    bare_filled: list[Start] = field(default_factory=list)
    """Of a table that is filled from a file."""
    bare_listing: list[Start] = field(default_factory=list)
    """Of a table that asks the server."""
    ours_use: Use = field(default_factory=Use)
    bare_use: Use = field(default_factory=Use)


def figures_of(few: Seen, many: Seen) -> Iterator[Figure]:
    """The comparison: each size, then one against the other."""
    for seen, most_memory in ((few, 30), (many, 45)):
        yield from _start_figures(seen)
        yield from _use_figures(seen, most_memory)
    yield Figure(
        f"key time, {many.models} models against {few.models}", "ms",
        1000 * median(many.ours_use.key_seconds), 1000 * median(few.ours_use.key_seconds),
        Judged.RATIO, 1.2,
    )  # fmt: skip


def api_figures(lists: Lists, streams: Streams) -> Iterator[Figure]:
    """What the API costs."""
    yield Figure(
        f"{lists.models} models over the API", "ms",
        1000 * median(lists.ours_seconds), 1000 * median(lists.bare_seconds), Judged.RATIO, 1.5,
    )  # fmt: skip
    yield Figure(
        f"{streams.clients} clients on one download, pulls", "",
        streams.ours, streams.bare, Judged.AMOUNT, 1,
    )  # fmt: skip


def _start_figures(seen: Seen) -> Iterator[Figure]:
    for name, ours, bare in (
        ("with the cache", seen.ours_cached, seen.bare_filled),
        ("without a cache", seen.ours_uncached, seen.bare_listing),
    ):
        yield Figure(
            f"{seen.models} models on screen, {name}", "ms",
            1000 * median(start.seconds for start in ours),
            1000 * median(start.seconds for start in bare), Judged.RATIO, 1.3,
        )  # fmt: skip
        yield Figure(
            f"{seen.models} models, full repaints {name}", "",
            max(start.repaints for start in ours),
            max(start.repaints for start in bare), Judged.AMOUNT, 3,
        )  # fmt: skip


def _use_figures(seen: Seen, most_memory: float) -> Iterator[Figure]:
    ours, bare = seen.ours_use, seen.bare_use
    for name, unit, scale, mine, theirs, judged, limit in (
        ("key time", "ms", 1000, median(ours.key_seconds), median(bare.key_seconds),
         Judged.RATIO, 1.5),
        ("key", "B", 1, median(ours.key_bytes), median(bare.key_bytes), Judged.AMOUNT, 1500),
        ("10 s of rest", "B", 1, max(ours.rest_bytes), max(bare.rest_bytes), Judged.AMOUNT, 0),
        ("core at rest", "%", 100, median(ours.rest_share), median(bare.rest_share),
         Judged.AMOUNT, 1),
        ("resident", "MB", 1e-6, median(ours.resident), median(bare.resident),
         Judged.DIFFERENCE, most_memory),
    ):  # fmt: skip
        yield Figure(
            f"{seen.models} models, {name}", unit, scale * mine, scale * theirs, judged, limit
        )
