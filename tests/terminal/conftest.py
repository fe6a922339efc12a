from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.library import demo_emulator
from ollama_tui.demo.registry import PullFault, PullFaultKind
from ollama_tui.demo.runners import Runner
from tests.emulators import Serve, emulators_served
from tests.holders import end_holders
from tests.terminal.person import Person

# No test asks a registry on the network; a download that is held up is not asked for again.
CONFIG = "preflight = false\npoll_seconds = 1\nstall_seconds = 3600\n"
HELD_UP = "llama3.2:3b"
"""A model of which half arrives."""
TALKS = 'echo "I am $2"; read line'
"""What `ollama run` is here."""
EDITS = 'echo "PARAMETER num_ctx 12345" >> "$1"'
"""What the person's editor does."""

Homes = Callable[[], Path]
Start = Callable[..., Person]


def a_server() -> Emulator:
    """The demo's server; nothing leaves its memory, and one model arrives by half."""
    emulator = demo_emulator()
    emulator.registry.rate = float("inf")
    emulator.registry.faults[HELD_UP] = PullFault(PullFaultKind.STALL, 0.5)
    for_an_hour = partial(Runner.used, now=emulator.clock.now(), keep_alive=3600)
    emulator.runners.put(map(for_an_hour, emulator.runners.loaded))
    return emulator


@pytest.fixture(scope="session")
def serve() -> Iterator[Serve]:
    """Serve emulators on loopback sockets."""
    with emulators_served() as serve:
        yield serve


@pytest.fixture(scope="module")
def emulator() -> Emulator:
    """The demo's server; nothing leaves its memory, and one model arrives by half."""
    return a_server()


@pytest.fixture(scope="module")
def url(serve: Serve, emulator: Emulator) -> str:
    """Its address."""
    return serve(emulator)


@pytest.fixture(scope="session")
def new_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Homes]:
    """Make home folders; no holder of theirs is left."""
    homes = []

    def make() -> Path:
        home = tmp_path_factory.mktemp("home")
        config = home / "config" / "ollama-tui"
        config.mkdir(parents=True)
        (config / "config.toml").write_text(CONFIG)
        put_program(home, "ollama", TALKS)
        put_program(home, "edit", EDITS)
        homes.append(home)
        return home

    yield make
    for home in homes:
        end_holders(home / "state" / "ollama-tui")


def put_program(home: Path, name: str, script: str) -> None:
    program = home / "bin" / name
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o700)


@pytest.fixture
def home(new_home: Homes) -> Path:
    """The home folder of a person who has just come."""
    return new_home()


@pytest.fixture
def start(home: Path, url: str) -> Iterator[Start]:
    """Start the dashboard on the emulator, for a person at that home."""
    with ExitStack() as started:

        def start_one(*arguments: str, kind: type[Person] = Person, **more: object) -> Person:
            person = kind(home, url, *arguments, **more)  # type: ignore[arg-type]
            started.callback(person.end)
            return person

        yield start_one
