"""Kills programs while they write one of our files, and tells what was found in it each time.

Run as `python -m tests.faults.killing FOLDER SEED`; what it prints is JSON, by kind of file.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from ollama_tui.core.cache import KnownLibrary, LibraryCache
from ollama_tui.core.current import CurrentModel
from ollama_tui.core.history import EndedPull, Outcome
from ollama_tui.core.journal import Journal, Record, UnfinishedPull
from ollama_tui.core.library import Library
from ollama_tui.core.load_times import LoadTimes
from ollama_tui.core.memory.learned import Learned, Load, Taken
from ollama_tui.core.memory.shape import Layer, Shape
from ollama_tui.core.memory.shape_cache import ShapeCache
from ollama_tui.core.models import Model
from ollama_tui.core.pin_file import PinFile
from ollama_tui.core.pins import Pin, Pins
from ollama_tui.core.preferences import Preferences, load_preferences, save_preferences

KILLS = 12
"""For each kind."""
_LONGEST = 0.02
_SERVER = "http://box:11434"
_DIGEST = "ab" * 32
_LIBRARY = Library(tuple(Model(f"m{n}:1b", n, f"{n:064x}") for n in range(300)))


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: how it is written, how it is read, and what may be found in it."""

    write: Callable[[bool], object]
    read: Callable[[], object]
    either: tuple[object, object]
    """What is found once False or True was written."""


def _forbidden(words: str) -> None:
    raise AssertionError(words)


def kinds(folder: Path, warn: Callable[[str], None] = _forbidden) -> dict[str, Kind]:
    """All kinds of files that the program writes, in that folder."""
    return {**_state(folder, warn), **_lost_without_harm(folder)}


def _state(folder: Path, warn: Callable[[str], None]) -> dict[str, Kind]:
    journal = folder / "downloads-box.json"
    records = (
        Record((UnfinishedPull("a:1b"),), (EndedPull("b:1b", Outcome.FINISHED, 5.0, 7, 7, 1.0),)),
        Record(tuple(UnfinishedPull(f"m{n}:1b", failure="x" * 200) for n in range(100))),
    )
    current = CurrentModel(folder / "current.json", _SERVER, warn)
    pins = PinFile(folder / "pins.json", _SERVER, warn)
    many = Pins(tuple(Pin(f"m{n}:1b") for n in range(100))), Pins((Pin("a:1b"),))
    tastes = Preferences(theme="nord" * 50), Preferences(reverse=True)
    return {
        "downloads": Kind(
            lambda odd: Journal(journal, warn).write(_SERVER, records[odd]),
            lambda: Journal(journal, warn).read(_SERVER),
            records,
        ),
        "current": Kind(
            lambda odd: current.choose(f"m{odd:d}:1b", _LIBRARY), current.read, ("m0:1b", "m1:1b")
        ),
        "pins": Kind(lambda odd: asyncio.run(pins.change(lambda _: many[odd])), pins.read, many),
        "preferences": Kind(
            lambda odd: save_preferences(folder / "preferences.json", tastes[odd]),
            lambda: load_preferences(folder / "preferences.json"),
            tastes,
        ),
    }


def _lost_without_harm(folder: Path) -> dict[str, Kind]:
    cache, learned = LibraryCache(folder, _SERVER), Learned(folder / "memory.json", _SERVER)
    known = KnownLibrary(_LIBRARY, 5.0), KnownLibrary(Library(), 6.0)
    times = LoadTimes(folder / "load-times.json", _SERVER)
    shapes, load = ShapeCache(folder / "shapes"), Load(_DIGEST, 4096, gpus=1)
    layers = Shape(layers=(Layer(5, 5),) * 200), Shape(layers=(Layer(7, 7),))
    return {
        "library": Kind(lambda odd: cache.save(known[odd]), cache.load, known),
        "memory": Kind(
            lambda odd: learned.keep(load, 5 + odd),
            lambda: learned.last(load),
            (Taken(5, 1), Taken(6, 1)),
        ),
        "load times": Kind(
            lambda odd: times.keep(_DIGEST, 5.0 + odd), lambda: times.last(_DIGEST), (5.0, 6.0)
        ),
        "shapes": Kind(
            lambda odd: shapes.save(_DIGEST, layers[odd]), lambda: shapes.load(_DIGEST), layers
        ),
    }


def found_after_kills(kind: Kind, chance: random.Random) -> list[str]:
    """What was found that no program had written; nothing, if no kill did any harm."""
    kind.write(False)
    harm = []
    for _ in range(KILLS):
        child = os.fork()
        if not child:
            _write_for_ever(kind)
        time.sleep(chance.uniform(0, _LONGEST))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        if (found := kind.read()) not in kind.either:
            harm.append(repr(found)[:200])
    # The next program writes as ever: no lock is held, nothing is in its way.
    kind.write(True)
    if (found := kind.read()) != kind.either[1]:
        harm.append(f"afterwards {found!r}"[:200])
    return harm


def _write_for_ever(kind: Kind) -> None:
    for odd in cycle((True, False)):
        kind.write(odd)


def main(folder: Path, seed: int) -> None:
    """Kill for each kind of file, and print what was found."""
    chance = random.Random(seed)
    print(
        json.dumps(
            {name: found_after_kills(kind, chance) for name, kind in kinds(folder).items()}
            | {"set aside": [path.name for path in folder.glob("*damaged*")]}
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
