"""Compare this program with a bare Textual table and Ollama's client: `python -m benchmarks`."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.api import CLIENTS, measured_lists, measured_streams
from benchmarks.downloads import COUNT, measured_beginnings, measured_downloads
from benchmarks.emulator import Emulated, emulated
from benchmarks.figures import (
    Beginnings,
    Figure,
    Seen,
    api_figures,
    download_figures,
    figures_of,
)
from benchmarks.presses import use
from benchmarks.programs import Program, bare_from_file, bare_from_server, ours
from benchmarks.starts import measured_start
from benchmarks.table import print_table

FEW, MANY = 20, 2000


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
    """For how long downloads are looked at on each screen."""


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
    parser.add_argument(
        "--only", choices=("screen", "api", "downloads"), help="measure no more than this"
    )
    options = parser.parse_args()
    effort = (
        Effort(starts=3, runs=1, presses=8, lists=9, beginnings=3, seconds=10)
        if options.quick
        else Effort()
    )
    figures: list[Figure] = []
    with (
        tempfile.TemporaryDirectory(prefix="ollama-tui-benchmarks-") as home,
        emulated(FEW) as few,
        emulated(MANY) as many,
    ):
        folder = Path(home)
        if options.only in (None, "screen"):
            contests = [contest(server, folder / str(server.models)) for server in (few, many)]
            compare(contests, effort)
            figures += figures_of(*(one.seen for one in contests))
        if options.only in (None, "api"):
            figures += ask_api(many, folder / "api", effort)
        if options.only in (None, "downloads"):
            figures += download(folder / "downloads", effort)
    print_table(figures)
    return 1 if any(figure.is_over for figure in figures) else 0


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


def ask_api(server: Emulated, folder: Path, effort: Effort) -> Iterator[Figure]:
    """Measure the API: its list of that server's models, and its downloads."""
    _say(f"lists over the API, {effort.lists} rounds")
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


if __name__ == "__main__":
    sys.exit(main())
