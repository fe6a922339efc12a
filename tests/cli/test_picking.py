"""`pick` on a real terminal, and where there is none."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fcntl import ioctl
from struct import pack

import pytest

from ollama_tui.demo.emulator import Emulator
from tests.cli.test_process import PROGRAM, ran, read_terminal

LEAVES_SCREEN = b"\x1b[?1049l"


@dataclass
class Picking:
    """A `pick` whose stdin and stderr are a terminal, and whose stdout is a pipe."""

    process: subprocess.Popen[str]
    terminal: int
    drawn: bytes = field(default=b"")

    def shows(self, words: str) -> None:
        """Wait until these words were drawn."""
        while words.encode() not in self.drawn:
            more = read_terminal(self.terminal)
            assert more, f"it ended before it drew {words}"
            self.drawn += more

    def press(self, keys: str) -> None:
        """Press keys."""
        os.write(self.terminal, keys.encode())

    def ended(self) -> tuple[int, str]:
        """Its exit code, and what it wrote to stdout."""
        while more := read_terminal(self.terminal):
            self.drawn += more
        out, _ = self.process.communicate(timeout=20)
        return self.process.returncode, out


@contextmanager
def picking(*arguments: str, columns: int = 100) -> Iterator[Picking]:
    """Start it on a terminal of so many columns."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, pack("HHHH", 20, columns, 0, 0))
    before = termios.tcgetattr(theirs)
    with subprocess.Popen(
        [*PROGRAM, "pick", *arguments],
        stdin=theirs, stderr=theirs, stdout=subprocess.PIPE, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        os.close(theirs)
        one = Picking(process, ours)
        try:
            yield one
            assert termios.tcgetattr(ours) == before
        finally:
            process.kill()
            os.close(ours)


class TestOnATerminal:
    def test_nothing_but_the_name_is_written_to_stdout(self, server: Emulator) -> None:
        with picking() as picker:
            picker.shows("qwen3:8b")
            picker.press("qwen\r")

            assert picker.ended() == (0, "qwen3:8b\n")
            assert LEAVES_SCREEN in picker.drawn

    def test_it_fills_the_terminal_though_stdout_is_none(self, server: Emulator) -> None:
        with picking("--ascii", columns=133) as picker:
            picker.shows("qwen3:8b")
            picker.press("\x1b")
            picker.ended()

            assert b"-" * 131 in picker.drawn

    @pytest.mark.parametrize("key", ["\x1b", "\x03"])
    def test_escape_and_ctrl_c_leave_without_a_word(self, key: str, server: Emulator) -> None:
        with picking() as picker:
            picker.shows("qwen3:8b")
            picker.press(key)

            assert picker.ended() == (130, "")

    def test_json_holds_the_name(self, server: Emulator) -> None:
        with picking("--json") as picker:
            picker.shows("qwen3:8b")
            picker.press("gemma\r")
            code, out = picker.ended()

            assert (code, json.loads(out)) == (0, {"version": 1, "name": "gemma3:latest"})

    @pytest.mark.parametrize(
        ("number", "code"),
        [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)],
    )
    def test_a_signal_gives_the_terminal_back(
        self, number: signal.Signals, code: int, server: Emulator
    ) -> None:
        with picking() as picker:
            picker.shows("qwen3:8b")
            picker.process.send_signal(number)

            assert picker.ended() == (code, "")
            assert LEAVES_SCREEN in picker.drawn

    @pytest.mark.usefixtures("no_server")
    def test_with_nothing_to_choose_from_it_says_why(self) -> None:
        with picking() as picker:
            assert picker.ended() == (3, "")
            assert b"connection refused" in picker.drawn.rpartition(LEAVES_SCREEN)[2].lower()

    def test_the_demo_can_be_picked_from_and_nothing_is_left(self) -> None:
        with picking("--demo", "gem") as picker:
            picker.shows("ma3:27b")
            picker.press("\r")

            assert picker.ended() == (0, "gemma3:27b\n")


class TestWithoutATerminal:
    def test_it_is_refused_with_the_way_out(self, server: Emulator) -> None:
        refused = ran("pick")

        assert (refused.returncode, refused.stdout) == (5, "")
        assert "`ollama-tui ls`" in refused.stderr
        assert not server.requests

    def test_a_terminal_that_cannot_move_its_cursor_is_none(
        self, server: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TERM", "dumb")
        with picking() as picker:
            assert picker.ended() == (5, "")
