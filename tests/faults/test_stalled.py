"""A terminal that takes nothing for a while, as after Ctrl-S or on a dead line, on a real one."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux's own pseudo-terminal")
PATIENCE = 40.0
PROGRAM = [sys.executable, "-m", "ollama_tui", "--demo"]


@dataclass(frozen=True, slots=True)
class Terminal:
    """The program on a terminal that is read only when it is asked to be."""

    program: subprocess.Popen[bytes]
    handle: int

    def reads_until(self, words: bytes) -> bytes:
        """Take what comes until these words are among it."""
        seen, deadline = b"", time.monotonic() + PATIENCE
        while words not in seen:
            assert time.monotonic() < deadline, seen[-2000:]
            if select.select([self.handle], [], [], 0.1)[0]:
                seen += os.read(self.handle, 65536)
        return seen

    def stall(self) -> None:
        """Let more be painted than the terminal holds."""
        for lines in range(60):
            _resize(self.handle, 30 + lines % 2 * 10)
            self.program.send_signal(signal.SIGWINCH)
            time.sleep(0.02)

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self.handle, keys)


def _resize(handle: int, lines: int) -> None:
    fcntl.ioctl(handle, termios.TIOCSWINSZ, struct.pack("HHHH", lines, 200, 0, 0))


@contextmanager
def opened() -> Iterator[Terminal]:
    """The demo on a terminal of its own."""
    handle, slave = pty.openpty()
    _resize(slave, 40)
    with subprocess.Popen(
        PROGRAM, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
    ) as program:
        os.close(slave)
        try:
            yield Terminal(program, handle)
        finally:
            program.kill()
            os.close(handle)


def test_it_goes_on_when_it_is_read_again_and_a_signal_ends_it_when_it_is_not() -> None:
    with opened() as terminal:
        terminal.reads_until(b"gemma3:27b")

        terminal.stall()
        terminal.press(b"?")
        terminal.reads_until(b"Keys")
        terminal.press(b"q")

        terminal.stall()
        terminal.program.send_signal(signal.SIGTERM)
        assert terminal.program.wait(PATIENCE) == 128 + signal.SIGTERM
        assert b"\x1b[?1049l" in terminal.reads_until(b"\x1b[?1049l")
