"""Measuring other dashboards of Ollama beside this one, on the same server with a loaded model."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import Request, urlopen

from benchmarks.emulator import Emulated
from benchmarks.programs import Program
from benchmarks.screen import Screen, lasting
from benchmarks.size import installed_in
from benchmarks.terminal import Terminal, running

RIVALS: Mapping[str, tuple[str, ...]] = {
    "ollama-mtop": ("mtop",),
    "parllama": ("parllama", "--starting-tab", "local", "--use-last-tab-on-startup", "0"),
}
"""What starts each; its virtual environment is a folder of that name."""
_OURS = "ollama-tui"
_SETTLED_SECONDS = 15.0
_REST_SECONDS = 10.0
_PATIENCE_SECONDS = 40.0


@dataclass(slots=True)
class Seen:
    """What was seen of one program."""

    start_seconds: list[float] = field(default_factory=list)
    """Until the loaded model's name was on the screen."""
    resident: int = 0
    rest_share: float = 0.0
    """Of one core."""
    rest_bytes: int = 0
    """To the terminal, in ten seconds."""
    installed: int | None = None
    """Bytes; None: told elsewhere."""


def measured_rivals(server: Emulated, folder: Path, home: Path, starts: int) -> dict[str, Seen]:
    """This program first, then the rivals whose virtual environments are in that folder."""
    _load(server)
    programs = {_OURS: _program(server, home, (sys.executable, "-m", "ollama_tui"))}
    for name, (command, *options) in RIVALS.items():
        if (path := folder / name / "bin" / command).is_file():
            programs[name] = _program(server, home, (str(path), *options))
    seen = {name: Seen() for name in programs}
    for program in programs.values():
        _get_to_know(program)
    for _ in range(starts):
        for name, program in programs.items():
            seen[name].start_seconds.append(_start_seconds(program, server.first_name))
    _rest(programs, seen)
    for name in seen.keys() - {_OURS}:
        seen[name].installed = installed_in(folder / name).bytes_
    return seen


def _program(server: Emulated, home: Path, command: tuple[str, ...]) -> Program:
    place = home / Path(command[-1 if command[0] == sys.executable else 0]).name
    place.mkdir(parents=True, exist_ok=True)
    return Program(command, place, {"OLLAMA_HOST": server.url, "OLLAMA_URL": server.url})


def _load(server: Emulated) -> None:
    # The first of the invented models is one for embeddings.
    body = json.dumps({"model": server.first_name, "input": "", "keep_alive": -1}).encode()
    with urlopen(Request(f"{server.url}/api/embed", body)) as answer:
        answer.read()


def _get_to_know(program: Program) -> None:
    """Start it once, and leave what it shows to newcomers."""
    with running(program) as terminal:
        terminal.read_for(_SETTLED_SECONDS)
        terminal.press(b"\r")
        terminal.read_for(3)


def _start_seconds(program: Program, name: str) -> float:
    """How long it takes to show the model.

    Raises:
        TimeoutError: when it never does.
    """
    screen = Screen()
    with running(program) as terminal:
        end = time.perf_counter() + _PATIENCE_SECONDS
        while time.perf_counter() < end:
            for chunk in terminal.read_for(0.02):
                screen.draw(chunk.written)
                if screen.shows(lasting(name)):
                    return chunk.at - terminal.started_at
    raise TimeoutError(f"{program.command[0]} does not show {name}")


def _rest(programs: Mapping[str, Program], seen: Mapping[str, Seen]) -> None:
    with ExitStack() as stack:
        terminals = {name: stack.enter_context(running(one)) for name, one in programs.items()}
        _drain(terminals.values(), _SETTLED_SECONDS)
        before = {name: one.cpu_seconds() for name, one in terminals.items()}
        began = time.perf_counter()
        written = _drain(terminals.values(), _REST_SECONDS)
        took = time.perf_counter() - began
        for (name, terminal), count in zip(terminals.items(), written, strict=True):
            seen[name].rest_share = (terminal.cpu_seconds() - before[name]) / took
            seen[name].rest_bytes = count
            seen[name].resident = terminal.resident_bytes()


def _drain(terminals: Iterable[Terminal], seconds: float) -> list[int]:
    """Bytes that each writes within so many seconds."""
    all_of_them = tuple(terminals)
    written = [0] * len(all_of_them)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for number, terminal in enumerate(all_of_them):
            written[number] += sum(len(chunk.written) for chunk in terminal.read_for(0.05))
    return written
