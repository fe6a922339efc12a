"""A program in a pseudo-terminal: what it writes, the keys it is given, how it ends."""

from __future__ import annotations

import os
import re
import select
import shlex
import signal
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from ptyprocess import PtyProcess

from tests.forking import Forked, fork

PROGRAM = (str(Path(sys.executable).with_name("ollama-tui")),)
"""The installed program."""
PATIENCE = 30.0
"""Seconds; they only end a hang."""
LEAVES_SCREEN = b"\x1b[?1049l"

_AT_MOST = 1 << 18
"""Bytes that are read before one looks at them."""
_SWITCH = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
_STACK = re.compile(rb"\x1b\[(?:(>)[0-9;]*u|(<)[0-9;]*u|(22)(?:;[0-9]+)?t|(23)(?:;[0-9]+)?t)")
_ON_AT_FIRST = {7: True, 25: True}
"""Modes that a terminal begins with: lines wrap, the cursor is seen."""


class Terminal:
    """A pseudo-terminal whose one program leads a session of its own, as at a login."""

    ANSWERS: Mapping[bytes, bytes] = {}
    """What it says when a program asks that."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str] = os.environ,
        size: tuple[int, int] = (200, 24),
        out: Path | None = None,
        folder: Path | None = None,
    ) -> None:
        """Start a program.

        Args:
            command: the program and its arguments.
            environment: its variables.
            size: columns and lines.
            out: the file that is its stdout; None: the terminal.
            folder: where it works; None: here.
        """
        self.size = size
        self.written = b""
        """All that it wrote."""
        self.settings_before: list[object] = []
        self._process = self._started(command, environment, out, folder)
        self.settings_before = self.settings
        self._has_closed = False
        self._told, self._read_to = b"", 0

    def _started(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        out: Path | None,
        folder: Path | None,
    ) -> PtyProcess:
        if out is not None:
            command = ["sh", "-c", f'exec "$@" > {shlex.quote(str(out))}', "sh", *command]
        columns, lines = self.size
        return PtyProcess.spawn(
            list(command), folder, dict(environment), dimensions=(lines, columns)
        )

    @property
    def pid(self) -> int:
        """The program's number."""
        return int(self._process.pid)

    @property
    def has_ended(self) -> bool:
        """Whether nobody is at the other end of the terminal any more."""
        return self._has_closed

    @property
    def settings(self) -> list[object]:
        """What `stty -a` shows."""
        return termios.tcgetattr(self._process.fd)

    def shows(self, words: str) -> None:
        """Wait until these words have been written, behind those that were waited for before."""
        wanted = words.encode()
        self.wait_until(lambda: wanted in self.written[self._read_to :], words)
        self._read_to = self.written.index(wanted, self._read_to) + len(wanted)

    def wait_until(self, is_so: Callable[[], object], what: object = "that") -> None:
        """Read until something is so."""
        until = time.monotonic() + PATIENCE
        while not is_so():
            assert not self._has_closed, f"it ended before {what}: {self._seen()}"
            assert time.monotonic() < until, f"it did not come to {what}: {self._seen()}"
            self._read(0.02)

    def write(self, typed: bytes) -> None:
        """Type."""
        os.write(self._process.fd, typed)

    def resize(self, columns: int, lines: int) -> None:
        """Drag its window to another size."""
        self.size = (columns, lines)
        self._process.setwinsize(lines, columns)

    def signal(self, number: signal.Signals) -> None:
        """Send the program a signal."""
        os.kill(self.pid, number)

    def close(self) -> None:
        """Close the window: the program is told by SIGHUP, and writes to nobody from now on."""
        self._process.fileobj.close()
        self._process.fd, self._has_closed = -1, True

    def ended(self) -> int:
        """Read to the end: the exit code, as a shell has it."""
        until = time.monotonic() + PATIENCE
        while not self._has_closed:
            assert time.monotonic() < until, f"it does not end: {self._seen()}"
            self._read(0.1)
        while self._process.isalive():
            assert time.monotonic() < until, f"it does not end: {self._seen()}"
            time.sleep(0.005)
        killed = self._process.signalstatus
        return int(self._process.exitstatus) if killed is None else 128 + int(killed)

    def end(self) -> None:
        """End the program, whatever it does."""
        if self._process.isalive():
            self.signal(signal.SIGKILL)
        self._has_closed = True
        self.ended()
        self._process.fileobj.close()

    def take(self, written: bytes) -> None:
        """Look at what has just been written."""

    def _read(self, patience: float) -> None:
        # All that is there, since to look at the screen takes longer than to write on it.
        more = b""
        while len(more) < _AT_MOST and self._is_written_to(0 if more else patience):
            try:
                piece = os.read(self._process.fd, 1 << 16)
            except OSError:  # what Linux says when nobody is at the other end any more
                piece = b""
            more += piece
            if not piece:
                self._has_closed = True
                break
        if more:
            self._draw(more)

    def _is_written_to(self, patience: float) -> bool:
        return bool(select.select([self._process.fd], [], [], patience)[0])

    def _draw(self, more: bytes) -> None:
        self.written += more
        self._answer(more)
        self.take(more)

    def _answer(self, more: bytes) -> None:
        # A question may be cut in two by the reading.
        text = self._told + more
        self._told = text[-12:]
        for question, answer in self.ANSWERS.items():
            for found in re.finditer(question, text):
                if found.end() > len(text) - len(more):
                    self.write(answer)

    def _seen(self) -> str:
        return repr(self.written[-2000:])


class ForkedTerminal(Terminal):
    """One whose program, which is ours, goes on where its imports are made."""

    def __init__(self, *arguments: str, size: tuple[int, int] = (200, 24), out: Path | None = None):
        """Start the program with these arguments, in this environment."""
        super().__init__(arguments, size=size, out=out)

    def _started(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        out: Path | None,
        folder: Path | None,
    ) -> PtyProcess:
        terminal, end = os.openpty()
        termios.tcsetwinsize(terminal, self.size[::-1])
        stdout = end if out is None else os.open(out, os.O_WRONLY | os.O_CREAT)
        program = fork(command, (end, stdout, end), environment, leads_session=True)
        for descriptor in {end, stdout}:
            os.close(descriptor)
        return _ForkedProcess(program, terminal)


class _ForkedProcess(PtyProcess):  # type: ignore[misc]
    def __init__(self, program: Forked, terminal: int) -> None:
        super().__init__(program.pid, terminal)
        self._program = program

    def isalive(self) -> bool:
        ended = self._program.poll()
        if ended is not None:
            self.exitstatus: int | None = ended if ended >= 0 else None
            self.signalstatus: int | None = -ended if ended < 0 else None
        return ended is None


@contextmanager
def on_a_terminal(
    *arguments: str, size: tuple[int, int] = (200, 24), out: Path | None = None
) -> Iterator[Terminal]:
    """The program with these arguments, in this environment; it is ended afterwards."""
    terminal = ForkedTerminal(*arguments, size=size, out=out)
    try:
        yield terminal
    finally:
        terminal.end()


def modes_left(written: bytes) -> set[str]:
    """The modes of a terminal that are not as they were when all of this has been written."""
    modes: dict[int, bool] = {}
    for numbers, switch in _SWITCH.findall(written):
        modes |= dict.fromkeys(map(int, numbers.split(b";")), switch == b"h")
    left = {f"?{mode}" for mode, is_on in modes.items() if is_on != _ON_AT_FIRST.get(mode, False)}
    keyboard = title = 0
    for push_keys, pop_keys, push_title, pop_title in _STACK.findall(written):
        keyboard += bool(push_keys) - bool(pop_keys)
        title += bool(push_title) - bool(pop_title)
    return left | ({"keyboard"} if keyboard > 0 else set()) | ({"title"} if title > 0 else set())
