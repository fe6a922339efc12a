"""The figures and their limits, out of what was seen of the programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from statistics import median

from benchmarks.api import Lists, Streams
from benchmarks.downloads import COUNT, Downloading, Span
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
    bare: float | None
    """The bare table's; for the API that of Ollama's own client; None where neither does it."""
    judged: Judged
    limit: float | None
    """None for what is only told."""

    @property
    def ratio(self) -> float | None:
        """Ours divided by the bare one's; None where that has nothing."""
        return self.ours / self.bare if self.bare else None

    @property
    def is_over(self) -> bool:
        """Whether the limit is passed."""
        if self.limit is None:
            return False
        if self.bare is not None and self.judged is Judged.DIFFERENCE:
            return self.ours - self.bare > self.limit
        if self.bare is not None and self.judged is Judged.RATIO:
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


@dataclass(frozen=True, slots=True)
class Beginnings:
    """Seconds from Enter to the pull request where no holder was, in several rounds."""

    looking_ahead: list[float]
    """While the registry is asked first."""
    at_once: list[float]
    """While nobody looks ahead."""


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


def download_figures(seen: Downloading, beginnings: Beginnings) -> Iterator[Figure]:
    """What downloads cost."""
    yield from _span_figures("main screen", seen.main)
    yield from _span_figures("dialog", seen.dialog)
    for name, resident, most in (("holder", seen.holder, 36), ("dashboard", seen.dashboard, None)):
        yield _alone(f"{COUNT} downloads, {name} resident", "MB", resident.after / 1e6, most)
        yield _alone(f"{COUNT} downloads, {name} growth", "MB", resident.growth / 1e6, 0.5)
    for name, took in (
        ("looking ahead", beginnings.looking_ahead),
        ("at once", beginnings.at_once),
    ):
        for what, seconds in (("", median(took)), (", worst", max(took))):
            yield _alone(f"Enter to pull, {name}{what}", "ms", 1000 * seconds, 600)


def _span_figures(where: str, span: Span) -> Iterator[Figure]:
    both = span.dashboard_share + span.holder_share
    for name, unit, amount, limit in (
        ("core", "%", 100 * both, 4),
        ("dashboard's core", "%", 100 * span.dashboard_share, None),
        ("holder's core", "%", 100 * span.holder_share, None),
        ("B/s each", "B", span.written, 1000),
        ("repaints a second", "/s", span.repaints, 4),
    ):
        yield _alone(f"{COUNT} downloads, {where}, {name}", unit, amount, limit)


def _alone(name: str, unit: str, amount: float, limit: float | None) -> Figure:
    return Figure(name, unit, amount, None, Judged.AMOUNT, limit)


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
