"""A pseudo-terminal with a program in it: its bytes, each with the moment it came."""

from __future__ import annotations

import os
import re
import select
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import psutil
from ptyprocess import PtyProcess

from benchmarks.programs import Program

COLUMNS, LINES = 120, 40
_ROOT = Path(__file__).parent.parent
# What programs ask a terminal as they start, and what a modern one says.
_ANSWERS = {
    rb"\x1b\[0?c": b"\x1b[?62;22c",
    rb"\x1b\[6n": b"\x1b[1;1R",
    rb"\x1b\[\?2026\$p": b"\x1b[?2026;2$y",
    rb"\x1b\[\?2048\$p": b"\x1b[?2048;0$y",
    rb"\x1b\]11;\?(?:\x07|\x1b\\)": b"\x1b]11;rgb:0000/0000/0000\x1b\\",
    rb"\x1b\]10;\?(?:\x07|\x1b\\)": b"\x1b]10;rgb:ffff/ffff/ffff\x1b\\",
}


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes that came at once."""

    at: float
    """By `time.perf_counter`."""
    written: bytes
    cpu: float
    """Seconds of processor time that the program had taken by then."""


class Terminal:
    """A program that runs in a pseudo-terminal of 120×40.

    Nothing is done with its bytes while they are read but to answer its questions: drawing
    them takes longer than what is measured.
    """

    def __init__(self, program: Program) -> None:
        """Start it."""
        self.started_at = perf_counter()
        self._process = PtyProcess.spawn(
            list(program.command),
            cwd=str(_ROOT),
            env=program.environment,
            dimensions=(LINES, COLUMNS),
        )
        self._fd: int = self._process.fd
        self._asked = b""

    def read(self, quiet: float, wanted: bytes = b"", most: float = 30.0) -> list[Chunk]:
        """What it writes until it is quiet for so long, though not before `wanted` came.

        Raises:
            TimeoutError: when `wanted` does not come, or it does not become quiet.
            EOFError: when the program ends.
        """
        chunks: list[Chunk] = []
        written, end = bytearray(), perf_counter() + most
        while (left := end - perf_counter()) > 0:
            is_complete = wanted in written
            chunk = self._next(quiet if is_complete else left)
            if chunk is None and is_complete:
                return chunks
            if chunk is not None:
                chunks.append(chunk)
                written += chunk.written
        raise TimeoutError(f"not quiet after {most:.0f} s: …{bytes(written[-500:])!r}")

    def read_for(self, seconds: float) -> list[Chunk]:
        """What it writes within so many seconds.

        Raises:
            EOFError: when the program ends.
        """
        chunks: list[Chunk] = []
        end = perf_counter() + seconds
        while (left := end - perf_counter()) > 0:
            if chunk := self._next(left):
                chunks.append(chunk)
        return chunks

    def press(self, keys: bytes) -> float:
        """Press keys; the moment just before."""
        at = perf_counter()
        os.write(self._fd, keys)
        return at

    def cpu_seconds(self) -> float:
        """Processor time it has taken since it started."""
        children = psutil.Process(self._process.pid).children(recursive=True)
        return sum(map(_cpu_seconds, (self._process.pid, *(child.pid for child in children))))

    def resident_bytes(self) -> int:
        """Memory it has now."""
        return sum(int(process.memory_info().rss) for process in self._family())

    def end(self) -> None:
        """End it, whatever it does."""
        self._process.kill(signal.SIGKILL)
        self._process.wait()
        self._process.close()

    def _family(self) -> list[psutil.Process]:
        process = psutil.Process(self._process.pid)
        return [process, *process.children(recursive=True)]

    def _next(self, patience: float) -> Chunk | None:
        if not select.select([self._fd], [], [], patience)[0]:
            return None
        try:
            written = os.read(self._fd, 1 << 16)
        except OSError as error:
            raise EOFError(f"the program ended: …{self._asked!r}") from error
        chunk = Chunk(perf_counter(), written, _cpu_seconds(self._process.pid))
        self._answer(written)
        return chunk

    def _answer(self, written: bytes) -> None:
        # A question may be cut in two by the reading.
        text = self._asked + written
        self._asked = text[-12:]
        for question, answer in _ANSWERS.items():
            for found in re.finditer(question, text):
                if found.end() > len(text) - len(written):
                    os.write(self._fd, answer)


def _cpu_seconds(pid: int) -> float:
    # The kernel's clock of that process, to the nanosecond; psutil's counts in hundredths.
    with suppress(OSError):
        return time.clock_gettime((~pid << 3) | 2)
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


@contextmanager
def running(program: Program) -> Iterator[Terminal]:
    """A program in a terminal, ended afterwards."""
    terminal = Terminal(program)
    try:
        yield terminal
    finally:
        terminal.end()
