"""Compare this program with a bare Textual table and Ollama's client: `python -m benchmarks`."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import CalledProcessError

from benchmarks.api import CLIENTS, measured_lists, measured_streams
from benchmarks.day import held_through_a_day
from benchmarks.downloads import COUNT, measured_beginnings, measured_downloads
from benchmarks.emulator import Emulated, emulated
from benchmarks.figures import (
    Beginnings,
    Figure,
    Seen,
    api_figures,
    day_figures,
    download_figures,
    figures_of,
    gpu_figures,
    rival_figures,
    size_figures,
    text_figures,
)
from benchmarks.gpus import measured_gpus
from benchmarks.presses import use
from benchmarks.programs import Program, bare_from_file, bare_from_server, ours
from benchmarks.rivals import measured_rivals
from benchmarks.size import measured_size
from benchmarks.starts import measured_start
from benchmarks.table import print_table
from benchmarks.turns import longest_turns

FEW, MANY, MOST = 20, 2000, 5000
POLLS = 50_000


@dataclass(frozen=True, slots=True)
class Effort:
    """How often each thing is measured."""

    starts: int = 7
    runs: int = 2
    """How often the keys are pressed in fresh processes."""
    presses: int = 15
    """In each of these runs; the table of twenty has no more rows than that and a few."""
    lists: int = 25
    """How often all models are listed over the API."""
    beginnings: int = 9
    """How often a download is asked for in fresh processes."""
    seconds: float = 30
    """For how long downloads are looked at on each screen, and GPUs."""
    rival_starts: int = 3


@dataclass(frozen=True, slots=True)
class Contest:
    """One server's programs, and what was seen of them."""

    name: str
    """The first model's."""
    cached: Program
    uncached: Program
    filled: Program
    listing: Program
    seen: Seen


def main() -> int:
    """Measure, print the table, and give 1 if a limit is passed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, so less to rely on")
    parser.add_argument("--only", choices=(*SECTIONS, "day"), help="measure no more than this")
    parser.add_argument(
        "--rivals", type=Path, metavar="FOLDER", help="measure those whose environments are there"
    )
    parser.add_argument("--polls", type=int, default=POLLS, help="how long a day is")
    options = parser.parse_args()
    effort = (
        Effort(starts=3, runs=1, presses=8, lists=9, beginnings=3, seconds=10, rival_starts=1)
        if options.quick
        else Effort()
    )
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="ollama-tui-benchmarks-") as home:
        if options.only == "day":
            figures += day_figures(*held_through_a_day(Path(home), options.polls, _say))
        for name, measure in SECTIONS.items():
            if options.only in (None, name):
                figures += measure(Path(home) / name, effort)
        if options.rivals is not None:
            figures += face_rivals(options.rivals, Path(home) / "rivals", effort)
    print_table(figures)
    return 1 if any(figure.is_over for figure in figures) else 0


def look(folder: Path, effort: Effort) -> Iterator[Figure]:
    """Measure the screen with few, many and very many models."""
    with emulated(FEW) as few, emulated(MANY) as many, emulated(MOST) as most:
        contests = [contest(one, folder / str(one.models)) for one in (few, many, most)]
        compare(contests, effort)
    return figures_of(*(one.seen for one in contests))


def watch_gpus(folder: Path, effort: Effort) -> Iterable[Figure]:
    """Measure what GPUs cost."""
    _say(f"GPUs, {40 + effort.seconds:g} s and keys")
    with emulated(FEW) as server:
        # The cursor stays where it is once it is on the last model.
        presses = min(2 * effort.presses, FEW - 2)
        seen = measured_gpus(server, folder, effort.seconds, presses)
    if seen is None:
        _say("no C compiler: GPUs are not measured")
        return ()
    return gpu_figures(seen)


def read_text(folder: Path, effort: Effort) -> Iterator[Figure]:
    """Measure what 5 MB of text do to the event loop."""
    _say("texts of 5 MB")
    return text_figures(longest_turns(folder))


def install(folder: Path, effort: Effort) -> Iterable[Figure]:
    """Measure what is installed; it is fetched from the package index."""
    _say("installing the wheel")
    try:
        return size_figures(measured_size(folder))
    except CalledProcessError:
        _say("it cannot be installed here: its size is not measured")
        return ()


def face_rivals(environments: Path, folder: Path, effort: Effort) -> Iterator[Figure]:
    """Measure other dashboards."""
    _say("rivals")
    ours = measured_size(folder / "size")
    with emulated(FEW) as server:
        seen = measured_rivals(server, environments, folder, effort.rival_starts)
    return rival_figures(seen, ours)


def contest(server: Emulated, folder: Path) -> Contest:
    """The programs for one server."""
    return Contest(
        server.first_name,
        cached=ours(server, folder / "cached"),
        uncached=ours(server, folder / "uncached"),
        filled=bare_from_file(server, folder / "filled"),
        listing=bare_from_server(server, folder / "listing"),
        seen=Seen(server.models),
    )


def compare(contests: Sequence[Contest], effort: Effort) -> None:
    """Measure everything in turns, so that what else the machine does meets both alike."""
    for one in contests:
        # The first start fills the cache, and byte code and files are in memory after it.
        for program in (one.cached, one.uncached, one.filled, one.listing):
            measured_start(program, one.name)
    for number in range(effort.starts):
        _say(f"starts, round {number + 1} of {effort.starts}")
        for one in contests:
            _start_each(one)
    programs = [(p, one.name) for one in contests for p in (one.cached, one.filled)]
    uses = [u for one in contests for u in (one.seen.ours_use, one.seen.bare_use)]
    for number in range(effort.runs):
        _say(f"keys and rest, round {number + 1} of {effort.runs}")
        use(programs, effort.presses, uses)


def ask_api(folder: Path, effort: Effort) -> Iterator[Figure]:
    """Measure the API: its list of many models, and its downloads."""
    _say(f"lists over the API, {effort.lists} rounds")
    with emulated(MANY) as server:
        lists = asyncio.run(measured_lists(server, folder / "lists", effort.lists))
    _say(f"{CLIENTS} clients on one download")
    return api_figures(lists, asyncio.run(measured_streams(folder / "streams")))


def download(folder: Path, effort: Effort) -> Iterator[Figure]:
    """Measure downloads: while they run, and as they begin."""
    _say(f"{COUNT} downloads, {2 * effort.seconds:g} s")
    seen = measured_downloads(folder / "running", effort.seconds)
    _say(f"downloads that begin, {2 * effort.beginnings} rounds")
    ahead = measured_beginnings(folder / "ahead", effort.beginnings, preflight=True)
    at_once = measured_beginnings(folder / "at-once", effort.beginnings, preflight=False)
    return download_figures(seen, Beginnings(ahead, at_once))


def _start_each(one: Contest) -> None:
    one.uncached.forget()
    for program, starts in (
        (one.cached, one.seen.ours_cached),
        (one.filled, one.seen.bare_filled),
        (one.uncached, one.seen.ours_uncached),
        (one.listing, one.seen.bare_listing),
    ):
        starts.append(measured_start(program, one.name))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


SECTIONS: Mapping[str, Callable[[Path, Effort], Iterable[Figure]]] = {
    "screen": look,
    "gpus": watch_gpus,
    "text": read_text,
    "size": install,
    "api": ask_api,
    "downloads": download,
}
"""What is measured unless something else is asked for, by its name."""


if __name__ == "__main__":
    sys.exit(main())
