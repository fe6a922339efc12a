"""Measuring downloads: what five cost while they run, and how soon one is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import psutil

from benchmarks.programs import Program, downloading
from benchmarks.pull_server import PullServer, pull_server
from benchmarks.screen import Screen, frames
from benchmarks.starts import QUIET_SECONDS
from benchmarks.terminal import Terminal, running

COUNT = 5
_ENTER, _ESCAPE = b"\r", b"\x1b"
_SETTLED_SECONDS = 10.0
"""Until every part of each row is known and was drawn."""
_PATIENCE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Span:
    """What was seen of dashboard and holder for some time."""

    dashboard_share: float
    """Of one core."""
    holder_share: float
    written: float
    """Bytes a second to the terminal, for each download."""
    repaints: float
    """A second."""


@dataclass(frozen=True, slots=True)
class Resident:
    """Bytes of memory before and after the look at the main screen."""

    before: int
    after: int

    @property
    def growth(self) -> int:
        """What was added."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Downloading:
    """What downloads cost that run side by side."""

    dialog: Span
    """While the progress of one is shown."""
    main: Span
    """While the main screen is shown."""
    dashboard: Resident
    holder: Resident


def measured_downloads(home: Path, seconds: float) -> Downloading:
    """Start five by keys, and look at each of the two screens for so long."""
    with pull_server(COUNT) as server:
        program = downloading(server.url, home, COUNT, preflight=True)
        with _dashboard(program) as terminal:
            for name in server.names[:-1]:
                _pull(terminal, server, name)
                terminal.press(_ESCAPE)
                terminal.read_for(0.5)
            # The last one's progress stays open.
            _pull(terminal, server, server.names[-1])
            terminal.read_for(_SETTLED_SECONDS)
            return _measure(terminal, _holder(program), seconds)


def measured_beginnings(home: Path, rounds: int, *, preflight: bool) -> list[float]:
    """Seconds from Enter to the server's getting the request, each in fresh processes."""
    took = []
    with pull_server(rounds) as server:
        for number, name in enumerate(server.names):
            program = downloading(server.url, home / str(number), COUNT, preflight=preflight)
            with _dashboard(program) as terminal:
                at = _pull(terminal, server, name)
                took.append(server.pulled_at[name] - at)
    return took


def _measure(terminal: Terminal, holder: psutil.Process, seconds: float) -> Downloading:
    dialog = _span(terminal, holder, seconds)
    terminal.press(_ESCAPE)
    # What each screen needs once is no growth.
    terminal.read_for(_SETTLED_SECONDS)
    before = terminal.resident_bytes(), holder.memory_info().rss
    main = _span(terminal, holder, seconds)
    after = terminal.resident_bytes(), holder.memory_info().rss
    dashboard, held = (Resident(*pair) for pair in zip(before, after, strict=True))
    return Downloading(dialog, main, dashboard, held)


def _span(terminal: Terminal, holder: psutil.Process, seconds: float) -> Span:
    began, shown, held = perf_counter(), terminal.cpu_seconds(), _cpu_seconds(holder)
    written = b"".join(chunk.written for chunk in terminal.read_for(seconds))
    took = perf_counter() - began
    return Span(
        (terminal.cpu_seconds() - shown) / took,
        (_cpu_seconds(holder) - held) / took,
        len(written) / COUNT / took,
        frames(written) / took,
    )


def _pull(terminal: Terminal, server: PullServer, name: str) -> float:
    """Ask for a download; the moment of Enter.

    Raises:
        TimeoutError: when the dialog is not shown, or the server not asked.
    """
    _press_until(terminal, b"p", "Pull a model")
    _press_until(terminal, name.encode(), name)
    at = terminal.press(_ENTER)
    while name not in server.pulled_at:
        if perf_counter() - at > _PATIENCE_SECONDS:
            raise TimeoutError(f"the server was not asked for {name}")
        terminal.read_for(0.05)
    return at


def _press_until(terminal: Terminal, keys: bytes, text: str) -> None:
    """Press keys and wait until a text that they lead to is shown, and all else is drawn.

    Raises:
        TimeoutError: when it is not.
    """
    screen = Screen()
    at = terminal.press(keys)
    while not screen.shows(text):
        if perf_counter() - at > _PATIENCE_SECONDS:
            raise TimeoutError(f"{text} is not shown")
        for chunk in terminal.read_for(0.05):
            screen.draw(chunk.written)
    terminal.read_for(0.3)


@contextmanager
def _dashboard(program: Program) -> Iterator[Terminal]:
    """A dashboard that has shown all it begins with; its holder ends with it."""
    try:
        with running(program) as terminal:
            terminal.read(QUIET_SECONDS)
            yield terminal
    finally:
        _end(_holders(program))


def _holder(program: Program) -> psutil.Process:
    found = _holders(program)
    if len(found) != 1:
        raise RuntimeError(f"{len(found)} holders run, not one")
    return found[0]


def _holders(program: Program) -> list[psutil.Process]:
    """Those whose state folder is in that program's home."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            words = process.cmdline()
            is_here = any(word.startswith(f"{program.home}/") for word in words)
            if "ollama_tui.holder" in words and is_here:
                found.append(process)
    return found


def _end(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, left = psutil.wait_procs(processes, timeout=5)
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
