"""Measuring programs that run: what a key costs, what rest costs, what memory they hold."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from benchmarks.programs import Program
from benchmarks.screen import Screen, lasting
from benchmarks.starts import QUIET_SECONDS
from benchmarks.terminal import Terminal, running

_DOWN = b"\x1b[B"
_PAUSE_SECONDS = 0.5
_REST_SECONDS = 10.0


@dataclass(slots=True)
class Use:
    """What a program that runs was seen to cost."""

    key_seconds: list[float] = field(default_factory=list)
    """From each key to the first cell that changed."""
    key_cpu: list[float] = field(default_factory=list)
    """Seconds of processor time of the program until then."""
    key_bytes: list[float] = field(default_factory=list)
    """All that a key led to."""
    rest_bytes: list[float] = field(default_factory=list)
    rest_share: list[float] = field(default_factory=list)
    """Of one core, while nothing was done."""
    resident: list[float] = field(default_factory=list)
    """Bytes of memory after the keys."""


def use(programs: Sequence[tuple[Program, str]], presses: int, uses: Sequence[Use]) -> None:
    """Run the programs side by side, press a key in each in turn, and then let them rest.

    Args:
        programs: each with the name of the first model that it shows.
        presses: how many keys each gets.
        uses: where to add what was seen, one for each program.
    """
    with ExitStack() as stack:
        pairs: list[tuple[Terminal, Screen]] = []
        for program, name in programs:
            terminal, screen = stack.enter_context(running(program)), Screen()
            screen.first_with(terminal.read(QUIET_SECONDS, wanted=lasting(name).encode()), name)
            pairs.append((terminal, screen))
        for _ in range(presses):
            for (terminal, screen), seen in zip(pairs, uses, strict=True):
                press(terminal, screen, seen)
        _rest([terminal for terminal, _ in pairs], uses)


def press(terminal: Terminal, screen: Screen, seen: Use) -> None:
    """Press a key that moves the cursor.

    Raises:
        TimeoutError: when nothing on the screen changes by it.
    """
    for chunk in terminal.read(0):
        screen.draw(chunk.written)
    before, at = terminal.cpu_seconds(), terminal.press(_DOWN)
    chunks = terminal.read(_PAUSE_SECONDS)
    changed = screen.first_changed(chunks)
    if changed is None:
        raise TimeoutError("a key changed nothing")
    seen.key_seconds.append(changed.at - at)
    seen.key_cpu.append(changed.cpu - before)
    seen.key_bytes.append(sum(len(chunk.written) for chunk in chunks))


def _rest(terminals: Sequence[Terminal], uses: Sequence[Use]) -> None:
    for terminal in terminals:
        terminal.read(QUIET_SECONDS)
    before = [(time.perf_counter(), terminal.cpu_seconds()) for terminal in terminals]
    time.sleep(_REST_SECONDS)
    for terminal, (at, cpu), seen in zip(terminals, before, uses, strict=True):
        taken = terminal.cpu_seconds() - cpu
        seen.rest_share.append(taken / (time.perf_counter() - at))
        seen.rest_bytes.append(sum(len(chunk.written) for chunk in terminal.read(0)))
        seen.resident.append(terminal.resident_bytes())
