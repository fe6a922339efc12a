"""What only a process of its own can show."""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import subprocess
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryFile

import pytest

from ollama_tui.cli.terminal import has_terminal
from ollama_tui.config import Settings
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.names import parse_name
from ollama_tui.demo.registry import PullFault, PullFaultKind
from ollama_tui.tui.parts import Parts
from tests.cli.conftest import Run
from tests.forking import Piped, fork
from tests.terminals import on_a_terminal

PROGRAM = [sys.executable, "-m", "ollama_tui"]
SLOW = ("textual", "rich", "httpx", "ollama", "pydantic", "asyncio", "humanize")


def ran(*arguments: str, shell: str = "") -> subprocess.CompletedProcess[str]:
    command = [*PROGRAM, *arguments]
    if shell:
        command = ["sh", "-c", f'"$@" {shell}', "sh", *command]
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False
    )


def forked(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The program's end and what it printed, without a terminal; its imports are made before."""
    with Piped(*arguments) as process:
        out, err = process.communicate()
    return subprocess.CompletedProcess(arguments, process.wait(), out, err)


def ended_with(words: str, *, stdout: int = -1, stderr: int = -1) -> tuple[int, str]:
    """The exit code of a command with this stdout or stderr, and what it wrote to another one."""
    with open(os.devnull, "r+") as nothing, TemporaryFile("w+") as said:
        out, err = nothing.fileno() if stdout < 0 else stdout, said.fileno()
        code = fork(words.split(), (nothing.fileno(), out, err if stderr < 0 else stderr)).wait()
        for descriptor in {stdout, stderr} - {-1}:
            os.close(descriptor)
        said.seek(0)
        return code, said.read()


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen in time"
        select.select([], [], [], 0.01)


class TestStart:
    def test_nothing_slow_is_imported(self) -> None:
        code = f"import sys, ollama_tui.cli; print([m for m in {SLOW} if m in sys.modules])"

        imported = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )

        assert imported.stdout.strip() == "[]"

    def test_listing_imports_neither_the_dashboard_nor_completion(self) -> None:
        code = (
            "import sys; from ollama_tui.cli import main; main(['--demo', 'ls']);"
            "assert not {'textual', 'argcomplete'} & set(sys.modules)"
        )

        assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0

    def test_a_command_imports_no_other_command(self) -> None:
        code = (
            "import sys; from ollama_tui.cli import main; main(['--demo', 'current']);"
            "print([name for name in sys.modules if name.startswith('ollama_tui.cli.pull')])"
        )

        imported = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

        assert imported.stdout == "[]\n"

    def test_a_module_that_lies_where_one_stands_is_not_run(self, tmp_path: Path) -> None:
        for name in ("ollama", "httpx", "platformdirs"):
            (tmp_path / f"{name}.py").write_text("raise SystemExit('foreign')")

        listed = subprocess.run(
            [*PROGRAM, "--demo", "ls"], capture_output=True, text=True, cwd=tmp_path
        )

        assert (listed.returncode, listed.stderr) == (0, "")

    def test_without_a_terminal_the_models_are_printed(self) -> None:
        listed = forked("--demo")

        assert (listed.returncode, listed.stderr) == (0, "")
        assert "gemma3:27b" in listed.stdout

    def test_a_locale_without_unicode_gets_ascii(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LC_ALL", "C")

        assert ran("--demo", "ls").stdout.isascii()


class TestStreams:
    @pytest.mark.parametrize(
        "words", ["--demo ls", "--help", "rm --help", "--version", "--demo pull --json qwen3:8b"]
    )
    def test_a_reader_that_leaves_is_no_error_message(self, words: str) -> None:
        reader, end = os.pipe()
        os.close(reader)

        code, said = ended_with(words, stdout=end)

        assert (code, said) == (1, "")

    @pytest.mark.parametrize("words", ["--demo ls", "--help"])
    def test_a_full_disk_is_said(self, words: str) -> None:
        code, said = ended_with(words, stdout=os.open("/dev/full", os.O_WRONLY))

        failed = "ollama-tui: Standard output could not be written: no space left on device.\n"
        assert (code, said) == (1, failed)

    def test_what_was_done_is_not_denied_where_it_cannot_be_told(self, server: Emulator) -> None:
        code, said = ended_with("rm gemma3 --yes --json", stdout=os.open("/dev/full", os.O_WRONLY))

        assert (code, server.store.find(parse_name("gemma3"))) == (1, None)
        assert "not deleted" not in said

    def test_words_that_cannot_be_written_stop_nothing(self) -> None:
        code, _ = ended_with("--demo use phi4:14b", stderr=os.open("/dev/full", os.O_WRONLY))

        assert code == 0

    def test_a_closed_stdout_is_said(self) -> None:
        failed = ran("--demo", "ls", shell=">&-")

        assert failed.returncode == 1
        assert "standard output" in failed.stderr.casefold()

    def test_a_closed_stderr_stops_nothing(self, server: Emulator) -> None:
        pulled = ran("pull", "tiny", shell="2>&-")

        assert (pulled.returncode, pulled.stdout) == (0, "tiny:latest\n")


class TestInterrupt:
    def test_what_arrived_is_kept_and_the_next_pull_goes_on(
        self, server: Emulator, run: Run
    ) -> None:
        server.registry.rate = 1e6
        with Piped("pull", "tiny") as process:
            wait_until(lambda: any(part.completed for part in server.downloads.running))
            process.send_signal(signal.SIGINT)
            out, err = process.communicate()

        assert (process.returncode, out) == (130, "")
        assert "What arrived is kept: `ollama-tui pull tiny:latest` goes on" in err
        assert "Traceback" not in err
        wait_until(lambda: bool(server.store.partials))

        server.registry.rate = float("inf")
        assert run("pull", "tiny").code == 0
        assert server.store.find(parse_name("tiny"))

    def test_it_ends_a_silent_download_at_once(self, server: Emulator) -> None:
        server.registry.faults["*"] = PullFault(PullFaultKind.STALL, 0.5)
        with Piped("pull", "huge", "--json") as process:
            wait_until(lambda: any(part.completed for part in server.downloads.running))
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate()

        assert process.returncode == 130
        assert json.loads(out.splitlines()[-1])["state"] == "cancelled"


class TestTerminal:
    def test_a_pull_draws_one_line_in_place(self, server: Emulator, tmp_path: Path) -> None:
        server.registry.rate = 12e6

        drawn, out = drawn_and_written(tmp_path, "pull", "tiny")

        assert out == "tiny:latest\n"
        assert "\r\ntiny" not in drawn
        assert "\rtiny:latest  ━" in drawn
        assert "\x1b[Ktiny:latest is here: 9 MB" in drawn

    def test_ascii_only_draws_ascii(self, server: Emulator, tmp_path: Path) -> None:
        server.registry.rate = 12e6

        drawn, _ = drawn_and_written(tmp_path, "pull", "tiny", "--ascii")

        assert "==" in drawn
        assert drawn.isascii()

    def test_a_dumb_terminal_gets_plain_lines(
        self, server: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("TERM", "dumb")

        drawn, _ = drawn_and_written(tmp_path, "pull", "tiny")

        assert "\x1b" not in drawn
        assert "tiny:latest: asking the registry\r\n" in drawn

    def test_with_one_the_dashboard_starts(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        shown: list[tuple[Settings, str]] = []
        dashboard = types.ModuleType("ollama_tui.tui.run")

        def run_dashboard(settings: Settings, make_parts: Callable[[], Parts]) -> int:
            shown.append((settings, asyncio.run(make_parts().service.version())))
            return 7

        dashboard.__dict__["run_dashboard"] = run_dashboard
        monkeypatch.setitem(sys.modules, "ollama_tui.tui.run", dashboard)
        monkeypatch.setattr("ollama_tui.cli.has_terminal", lambda term: True)

        assert run("--demo", "--readonly").code == 7
        settings, version = shown[0]
        assert (settings.demo, settings.read_only, version) == (True, True, "0.32.15")

    @pytest.mark.parametrize("term", ["", "dumb"])
    def test_one_that_cannot_move_its_cursor_is_none(self, term: str) -> None:
        assert not has_terminal(term)


def drawn_and_written(folder: Path, *arguments: str) -> tuple[str, str]:
    """What a command draws on a terminal, and what it writes to stdout, which is a file."""
    out = folder / "out"
    with on_a_terminal(*arguments, out=out) as terminal:
        terminal.ended()
    return terminal.written.decode(), out.read_text()
