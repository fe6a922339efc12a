"""`pick` on a real terminal, and where there is none."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from ollama_tui.demo.emulator import Emulator
from tests.cli.test_process import forked
from tests.terminals import LEAVES_SCREEN, ForkedTerminal, modes_left


class Picking(ForkedTerminal):
    """A `pick` whose stdin and stderr are a terminal, and whose stdout is a file."""

    def __init__(self, out: Path, *arguments: str, columns: int) -> None:
        """Start it on a terminal of so many columns."""
        self._out = out
        super().__init__("pick", *arguments, size=(columns, 20), out=out)

    def press(self, keys: str) -> None:
        """Press keys."""
        self.write(keys.encode())

    def answered(self) -> tuple[int, str]:
        """Its exit code, and what it wrote to stdout."""
        return self.ended(), self._out.read_text()


Pick = Callable[..., AbstractContextManager[Picking]]


@pytest.fixture
def picking(tmp_path: Path) -> Pick:
    """Start it; the terminal is as before at its end."""

    @contextmanager
    def started(*arguments: str, columns: int = 100) -> Iterator[Picking]:
        one = Picking(tmp_path / "out", *arguments, columns=columns)
        try:
            yield one
            assert one.settings == one.settings_before
            assert modes_left(one.written) == set()
        finally:
            one.end()

    return started


class TestOnATerminal:
    def test_nothing_but_the_name_is_written_to_stdout(
        self, server: Emulator, picking: Pick
    ) -> None:
        with picking() as picker:
            picker.shows("qwen3:8b")
            picker.press("qwen\r")

            assert picker.answered() == (0, "qwen3:8b\n")
            assert LEAVES_SCREEN in picker.written

    def test_it_fills_the_terminal_though_stdout_is_none(
        self, server: Emulator, picking: Pick
    ) -> None:
        with picking("--ascii", columns=133) as picker:
            picker.shows("qwen3:8b")
            picker.press("\x1b")
            picker.answered()

            assert b"-" * 131 in picker.written

    @pytest.mark.parametrize("key", ["\x1b", "\x03"])
    def test_escape_and_ctrl_c_leave_without_a_word(
        self, key: str, server: Emulator, picking: Pick
    ) -> None:
        with picking() as picker:
            picker.shows("qwen3:8b")
            picker.press(key)

            assert picker.answered() == (130, "")

    def test_json_holds_the_name(self, server: Emulator, picking: Pick) -> None:
        with picking("--json") as picker:
            picker.shows("qwen3:8b")
            picker.press("gemma\r")
            code, out = picker.answered()

            assert (code, json.loads(out)) == (0, {"version": 1, "name": "gemma3:latest"})

    @pytest.mark.parametrize(
        ("number", "code"),
        [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)],
    )
    def test_a_signal_gives_the_terminal_back(
        self, number: signal.Signals, code: int, server: Emulator, picking: Pick
    ) -> None:
        with picking() as picker:
            picker.shows("qwen3:8b")
            picker.signal(number)

            assert picker.answered() == (code, "")
            assert LEAVES_SCREEN in picker.written

    @pytest.mark.usefixtures("no_server")
    def test_with_nothing_to_choose_from_it_says_why(self, picking: Pick) -> None:
        with picking() as picker:
            assert picker.answered() == (3, "")
            assert b"connection refused" in picker.written.rpartition(LEAVES_SCREEN)[2].lower()

    def test_the_demo_can_be_picked_from_and_nothing_is_left(self, picking: Pick) -> None:
        with picking("--demo", "gem") as picker:
            picker.shows("ma3:27b")
            picker.press("\r")

            assert picker.answered() == (0, "gemma3:27b\n")


class TestWithoutATerminal:
    def test_it_is_refused_with_the_way_out(self, server: Emulator) -> None:
        refused = forked("pick")

        assert (refused.returncode, refused.stdout) == (5, "")
        assert "`ollama-tui ls`" in refused.stderr
        assert not server.requests

    def test_a_terminal_that_cannot_move_its_cursor_is_none(
        self, server: Emulator, monkeypatch: pytest.MonkeyPatch, picking: Pick
    ) -> None:
        monkeypatch.setenv("TERM", "dumb")
        with picking() as picker:
            assert picker.answered() == (5, "")
