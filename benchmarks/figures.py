"""The figures and their limits, out of what was seen of the programs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from statistics import median

from benchmarks.api import Lists, Streams
from benchmarks.day import Held
from benchmarks.downloads import COUNT, Downloading, Span
from benchmarks.gpus import GpuUse
from benchmarks.presses import Use
from benchmarks.rivals import Seen as Rival
from benchmarks.size import Installed
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
    """What it is compared with: the bare table's; for the API that of Ollama's own client; for
    GPUs the same dashboard without; for a day its beginning; None where there is nothing."""
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


def figures_of(few: Seen, *more: Seen) -> Iterator[Figure]:
    """The comparison: each size, then the larger ones against the smallest."""
    for seen, most_memory in zip((few, *more), (30, 45, 60), strict=True):
        yield from _start_figures(seen)
        yield from _use_figures(seen, most_memory)
    for seen in more:
        yield Figure(
            f"key, {seen.models} models against {few.models}", "ms cpu",
            1000 * median(seen.ours_use.key_cpu), 1000 * median(few.ours_use.key_cpu),
            Judged.RATIO, 1.2,
        )  # fmt: skip


def gpu_figures(seen: GpuUse) -> Iterator[Figure]:
    """What 8 GPUs with 20 programs cost, and a driver that hangs."""
    for name, with_gpus in (("moving", seen.moving), ("still", seen.still)):
        yield Figure(
            f"8 GPUs, {name}, core", "%", 100 * with_gpus.share, 100 * seen.without.share,
            Judged.DIFFERENCE, 1,
        )  # fmt: skip
    moving, still = seen.moving, seen.still
    yield _alone("8 GPUs, moving, B/s", "B", moving.written / moving.seconds, 1000)
    # What tells the time that is left is drawn anew in any case.
    yield Figure(f"8 GPUs, still, {still.seconds:.0f} s", "B", still.written,
                 seen.without.written, Judged.DIFFERENCE, 0)  # fmt: skip
    ours, bare = seen.keys_hanging.key_seconds, seen.keys.key_seconds
    yield Figure("key, driver hangs", "ms", 1000 * median(ours), 1000 * median(bare),
                 Judged.RATIO, 1.5)  # fmt: skip
    yield Figure("key, driver hangs, worst", "ms", 1000 * max(ours), 1000 * max(bare),
                 Judged.DIFFERENCE, 100)  # fmt: skip


def text_figures(longest: Mapping[str, float]) -> Iterator[Figure]:
    """How long the event loop is held up by a long text."""
    for kind, seconds in longest.items():
        yield _alone(f"5 MB, {kind}, longest turn", "ms cpu", 1000 * seconds, 200)


def size_figures(seen: Installed) -> Iterator[Figure]:
    """What is installed without extras."""
    yield _alone("installed", "MB", seen.bytes_ / 1e6, 70)
    yield _alone("installed, byte code of it", "MB", seen.byte_code / 1e6, None)
    yield _alone("installed, distributions", "", seen.distributions, None)


def rival_figures(seen: Mapping[str, Rival], installed: Installed) -> Iterator[Figure]:
    """This program, the first of them, beside each rival; less is better in all."""
    (_, ours), *rivals = seen.items()
    for name, theirs in rivals:
        for what, unit, scale, mine, other in (
            ("model on screen", "ms", 1000, median(ours.start_seconds),
             median(theirs.start_seconds)),
            ("resident", "MB", 1e-6, ours.resident, theirs.resident),
            ("core at rest", "%", 100, ours.rest_share, theirs.rest_share),
            ("10 s of rest", "B", 1, ours.rest_bytes, theirs.rest_bytes),
            ("installed", "MB", 1e-6, installed.bytes_, theirs.installed),
        ):  # fmt: skip
            yield Figure(
                f"{name}, {what}", unit, scale * mine, scale * (other or 0), Judged.RATIO, None
            )


def day_figures(early: Held, late: Held) -> Iterator[Figure]:
    """What grew from a tenth of a day to its end."""
    polls = f"{late.polls} polls"
    yield Figure(f"{polls}, resident", "MB", late.resident / 1e6, early.resident / 1e6,
                 Judged.DIFFERENCE, 2)  # fmt: skip
    yield Figure(f"{polls}, handles", "", late.handles, early.handles, Judged.DIFFERENCE, 0)
    # The main one, and asyncio's pool, which fills as more is done at once.
    most = 1 + min(32, (os.cpu_count() or 1) + 4)
    yield Figure(f"{polls}, threads", "", late.threads, early.threads, Judged.AMOUNT, most)


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
    for name, ours, bare, most in (
        ("with the cache", seen.ours_cached, seen.bare_filled, 1.2),
        ("without a cache", seen.ours_uncached, seen.bare_listing, 1.3),
    ):
        for unit, mine, theirs, limit in (
            ("ms cpu", [one.cpu for one in ours], [one.cpu for one in bare], most),
            ("ms", [one.seconds for one in ours], [one.seconds for one in bare], None),
        ):
            yield Figure(
                f"{seen.models} models on screen, {name}", unit,
                1000 * median(mine), 1000 * median(theirs), Judged.RATIO, limit,
            )  # fmt: skip
        yield Figure(
            f"{seen.models} models, full repaints {name}", "",
            max(start.repaints for start in ours),
            max(start.repaints for start in bare), Judged.AMOUNT, 2,
        )  # fmt: skip


def _use_figures(seen: Seen, most_memory: float) -> Iterator[Figure]:
    ours, bare = seen.ours_use, seen.bare_use
    for name, unit, scale, mine, theirs, judged, limit in (
        ("key", "ms cpu", 1000, median(ours.key_cpu), median(bare.key_cpu), Judged.RATIO, 1.3),
        ("key", "ms", 1000, median(ours.key_seconds), median(bare.key_seconds),
         Judged.RATIO, None),
        ("key", "B", 1, median(ours.key_bytes), median(bare.key_bytes), Judged.AMOUNT, 1200),
        ("10 s of rest", "B", 1, max(ours.rest_bytes), max(bare.rest_bytes), Judged.AMOUNT, 0),
        ("core at rest", "%", 100, median(ours.rest_share), median(bare.rest_share),
         Judged.AMOUNT, 1),
        ("resident", "MB", 1e-6, median(ours.resident), median(bare.resident),
         Judged.DIFFERENCE, most_memory),
    ):  # fmt: skip
        yield Figure(
            f"{seen.models} models, {name}", unit, scale * mine, scale * theirs, judged, limit
        )
