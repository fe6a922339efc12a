"""Measuring a start: from the command to the models on the screen, and until it is quiet."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.programs import Program
from benchmarks.screen import Screen, full_repaints, lasting
from benchmarks.terminal import running

QUIET_SECONDS = 1.5
"""Longer than any pause in a start: `ollama` is imported after the first frame."""


@dataclass(frozen=True, slots=True)
class Start:
    """How one start went."""

    seconds: float
    """Until the first model was on the screen."""
    cpu: float
    """Seconds of processor time until then."""
    repaints: int
    """Full ones, until nothing more was written."""


def measured_start(program: Program, name: str) -> Start:
    """Start a program and end it once it has shown that model and is quiet.

    Raises:
        TimeoutError: when it never shows it.
    """
    with running(program) as terminal:
        chunks = terminal.read(QUIET_SECONDS, wanted=lasting(name).encode())
    seen = Screen().first_with(chunks, name)
    if seen is None:
        raise TimeoutError(f"{name} was sent but not seen")
    repaints = full_repaints(b"".join(chunk.written for chunk in chunks))
    return Start(seen.at - terminal.started_at, seen.cpu, repaints)
