"""Measuring what 8 GPUs cost, and whether a driver that hangs delays a key."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.emulator import Emulated
from benchmarks.presses import Use, press
from benchmarks.programs import Program, ours
from benchmarks.screen import Screen, lasting
from benchmarks.starts import QUIET_SECONDS
from benchmarks.terminal import Terminal, running

_SOURCE = Path(__file__).with_name("nvml.c")
_COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
_PROGRAMS = 20
_SETTLED_SECONDS = 40.0
"""Until the history of each GPU is as long as it gets: 16 readings."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What a dashboard took while it was looked at."""

    share: float
    """Of one core."""
    written: int
    """Bytes to the terminal."""
    seconds: float


@dataclass(frozen=True, slots=True)
class GpuUse:
    """What was seen of dashboards beside each other."""

    without: Watched
    """Where there is no GPU."""
    still: Watched
    moving: Watched
    keys: Use = field(default_factory=Use)
    """Where there is no GPU."""
    keys_hanging: Use = field(default_factory=Use)
    """Where the driver hangs."""


def measured_gpus(server: Emulated, home: Path, seconds: float, presses: int) -> GpuUse | None:
    """Run dashboards without GPUs, with them, and with a driver that hangs, side by side.

    None where there is no C compiler to build the driver's library with.
    """
    if _COMPILER is None:
        return None
    library = _built(home)
    kinds = ("", "still", "moving", "hanging")
    with ExitStack() as stack:
        pids = [stack.enter_context(_idle()) for _ in range(_PROGRAMS)]
        programs = [_program(server, home, library, kind, pids) for kind in kinds]
        terminals = [stack.enter_context(running(program)) for program in programs]
        screens = [_shown(terminal, server.first_name) for terminal in terminals]
        for screen, terminal in zip(screens, terminals, strict=True):
            for chunk in terminal.read_for(_SETTLED_SECONDS / len(terminals)):
                screen.draw(chunk.written)
        _refuse_unless_shown(screens[2])
        without, still, moving = _watched(terminals[:3], seconds)
        use = GpuUse(without, still, moving)
        for _ in range(presses):
            press(terminals[0], screens[0], use.keys)
            press(terminals[3], screens[3], use.keys_hanging)
    return use


@contextmanager
def _idle() -> Iterator[int]:
    """A program with a name that stands still, which those of kernel threads do not: its number."""
    with subprocess.Popen(["sleep", "3600"]) as process:
        try:
            yield process.pid
        finally:
            process.kill()


def _program(
    server: Emulated, home: Path, library: Path, kind: str, pids: Sequence[int]
) -> Program:
    program = ours(server, home / (kind or "without"))
    if not kind:
        return program
    holders = ",".join(map(str, pids))
    more = {"LD_LIBRARY_PATH": str(library), "FAKE_GPUS": kind, "FAKE_PIDS": holders}
    return replace(program, more=more)


def _built(home: Path) -> Path:
    """The folder with the library in it."""
    home.mkdir(parents=True, exist_ok=True)
    made = home / "libnvidia-ml.so.1"
    command = (str(_COMPILER), "-shared", "-fPIC", "-w", "-o", str(made), str(_SOURCE), "-lm")
    subprocess.run(command, check=True)
    return home


def _shown(terminal: Terminal, name: str) -> Screen:
    screen = Screen()
    screen.first_with(terminal.read(QUIET_SECONDS, wanted=lasting(name).encode()), name)
    return screen


def _refuse_unless_shown(screen: Screen) -> None:
    if not screen.shows("GPU  8"):
        raise RuntimeError("the GPUs are not on the screen")


def _watched(terminals: Sequence[Terminal], seconds: float) -> list[Watched]:
    for terminal in terminals:
        terminal.read(0)
    before = [(time.perf_counter(), terminal.cpu_seconds()) for terminal in terminals]
    written = [0] * len(terminals)
    end = time.perf_counter() + seconds
    # What a terminal does not take would hold a program up.
    while time.perf_counter() < end:
        for number, terminal in enumerate(terminals):
            written[number] += sum(len(chunk.written) for chunk in terminal.read_for(0.1))
    return [
        Watched((terminal.cpu_seconds() - cpu) / (took := time.perf_counter() - at), bytes_, took)
        for terminal, (at, cpu), bytes_ in zip(terminals, before, written, strict=True)
    ]
