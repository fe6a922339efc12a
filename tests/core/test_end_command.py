"""The user's own command, run when a download ends."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from ollama_tui.core.end_command import run_end_command
from ollama_tui.core.history import EndedPull, Outcome

_ENDED = EndedPull("m:latest", Outcome.FINISHED, 1_800_000_000.0, 1000, 600, 2.6)
_SERVER = "http://gpu-3:11434"

_TELL = """#!/bin/sh
env -0 >"$1.part"
mv "$1.part" "$1"
"""
_TELL_WHEN_ASKED = """#!/bin/sh
echo $$ >"$1.part"
mv "$1.part" "$1.started"
for _ in $(seq 2000); do [ -e "$1.asked" ] && break; sleep 0.01; done
echo told >"$1"
"""
_HOLDER = """
import sys
from ollama_tui.core.end_command import run_end_command
from ollama_tui.core.history import EndedPull, Outcome
run_end_command(tuple(sys.argv[1:]), EndedPull("m", Outcome.FINISHED, 0.0, 1, 1, 1.0), "http://h:1")
"""


def wait_until(is_so: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.01)


def script(folder: Path, text: str, mode: int = 0o755) -> str:
    path = folder / "tell me"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return str(path)


def told(folder: Path, ended: EndedPull = _ENDED, server: str = _SERVER) -> dict[str, str]:
    """The environment of a command that was run."""
    out = folder / "out"
    run_end_command((script(folder, _TELL), str(out)), ended, server)
    wait_until(out.exists)
    lines = out.read_bytes().decode().split("\0")
    return dict(line.split("=", 1) for line in lines if line)


def ours(environment: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in environment.items() if key.startswith("OLLAMA_TUI_")}


class TestWhatItIsTold:
    def test_how_the_download_ended(self, tmp_path: Path) -> None:
        assert ours(told(tmp_path)) == {
            "OLLAMA_TUI_MODEL": "m:latest",
            "OLLAMA_TUI_OUTCOME": "finished",
            "OLLAMA_TUI_BYTES": "1000",
            "OLLAMA_TUI_FETCHED": "600",
            "OLLAMA_TUI_SECONDS": "3",
            "OLLAMA_TUI_FAILURE": "",
            "OLLAMA_TUI_SERVER": "http://gpu-3:11434",
        }

    def test_why_it_failed(self, tmp_path: Path) -> None:
        failed = replace(_ENDED, outcome=Outcome.FAILED, failure="the disk is full — “/”")

        environment = told(tmp_path, failed)

        assert environment["OLLAMA_TUI_OUTCOME"] == "failed"
        assert environment["OLLAMA_TUI_FAILURE"] == "the disk is full — “/”"

    def test_what_else_this_process_has(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("WEBHOOK", "http://hook.lan/a=b")
        monkeypatch.setenv("OLLAMA_TUI_MODEL", "another")

        environment = told(tmp_path)

        assert environment["WEBHOOK"] == "http://hook.lan/a=b"
        assert environment["OLLAMA_TUI_MODEL"] == "m:latest"

    def test_but_no_secrets(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("OLLAMA_API_KEY", "OLLAMA_TUI_TOKEN"):
            monkeypatch.setenv(name, "s3cret")
        monkeypatch.setenv("OLLAMA_HOST", "me:s3cret@gpu-3")

        environment = told(tmp_path, server="https://me:s3cret@gpu-3:443/ollama")

        assert "s3cret" not in "".join(environment.values())
        assert environment["OLLAMA_HOST"] == "gpu-3"
        assert environment["OLLAMA_TUI_SERVER"] == "https://gpu-3:443/ollama"
        assert "OLLAMA_API_KEY" not in environment

    def test_hostile_words_become_one_line_of_bounded_length(self, tmp_path: Path) -> None:
        hostile = replace(
            _ENDED, name="m\0:\x1b[2J\ud800", failure="a\r\nPATH=b\u2028c" + "x" * 10**6
        )

        environment = told(tmp_path, hostile)

        assert environment["OLLAMA_TUI_MODEL"] == "m:[2J\ufffd"
        assert environment["OLLAMA_TUI_FAILURE"].startswith("a PATH=b cxxx")
        assert len(environment["OLLAMA_TUI_FAILURE"]) == 1000

    def test_what_the_system_cannot_encode_is_replaced(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "getfilesystemencoding", lambda: "ascii")

        assert told(tmp_path, replace(_ENDED, name="mé"))["OLLAMA_TUI_MODEL"] == "m?"


class TestHowItRuns:
    def test_no_shell_reads_it(self, tmp_path: Path) -> None:
        strange = tmp_path / "$(exit); ~ 'a'"

        run_end_command((script(tmp_path, _TELL), str(strange)), _ENDED, _SERVER)

        wait_until(strange.exists)

    def test_a_program_in_the_path_is_found(self, tmp_path: Path) -> None:
        run_end_command(("touch", str(tmp_path / "out")), _ENDED, _SERVER)

        wait_until((tmp_path / "out").exists)

    def test_it_has_a_session_of_its_own_and_none_of_our_files(self, tmp_path: Path) -> None:
        reads, writes = os.pipe()
        os.set_inheritable(writes, True)
        process = self._started(tmp_path)
        os.close(writes)

        assert os.read(reads, 1) == b""
        assert os.getsid(process.pid) == process.pid
        assert process.cwd() == "/"

        os.close(reads)
        (tmp_path / "out.asked").touch()
        wait_until((tmp_path / "out").exists)

    def test_nothing_is_left_of_it(self, tmp_path: Path) -> None:
        process = self._started(tmp_path)

        (tmp_path / "out.asked").touch()

        wait_until(lambda: not process.is_running())

    def test_it_outlives_the_process_that_started_it(self, tmp_path: Path) -> None:
        command = (script(tmp_path, _TELL_WHEN_ASKED), str(tmp_path / "out"))

        subprocess.run([sys.executable, "-c", _HOLDER, *command], check=True, timeout=20)
        wait_until((tmp_path / "out.started").exists)
        (tmp_path / "out.asked").touch()

        wait_until((tmp_path / "out").exists)

    def test_without_a_thread_to_wait_for_it_it_runs_all_the_same(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object, **__: object) -> None:
            raise RuntimeError("can't start new thread")

        monkeypatch.setattr("ollama_tui.core.end_command.Thread", refuse)

        assert told(tmp_path)["OLLAMA_TUI_MODEL"] == "m:latest"

    def _started(self, folder: Path) -> psutil.Process:
        command = (script(folder, _TELL_WHEN_ASKED), str(folder / "out"))
        run_end_command(command, _ENDED, _SERVER)
        wait_until((folder / "out.started").exists)
        return psutil.Process(int((folder / "out.started").read_text()))


class TestWhatGoesWrong:
    def test_no_command_starts_nothing(self, caplog: pytest.LogCaptureFixture) -> None:
        run_end_command((), _ENDED, _SERVER)

        assert caplog.messages == []

    def test_a_missing_program_is_logged_without_its_arguments(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        run_end_command(("/nowhere/tell", "s3cret"), _ENDED, _SERVER)

        assert caplog.messages == [
            "on_download_end: '/nowhere/tell' cannot be started: no such file or directory"
        ]

    @pytest.mark.parametrize(
        ("text", "mode", "reason"),
        [(_TELL, 0o644, "permission denied"), ("echo", 0o755, "exec format error")],
    )
    def test_one_that_is_no_program_is_logged(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str, mode: int, reason: str
    ) -> None:
        run_end_command((script(tmp_path, text, mode),), _ENDED, _SERVER)

        assert caplog.messages[0].endswith(f"tell me' cannot be started: {reason}")

    @pytest.mark.parametrize("word", ["a\0b", "a\ud800b", "x" * 10**7], ids=["nul", "code", "long"])
    def test_an_argument_that_cannot_be_handed_on_is_logged(
        self, caplog: pytest.LogCaptureFixture, word: str
    ) -> None:
        run_end_command(("true", word), _ENDED, _SERVER)

        assert caplog.messages[0].startswith("on_download_end: 'true' cannot be started: ")

    def test_one_that_fails_is_logged_with_its_status(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.WARNING):
            run_end_command(("sh", "-c", "exit 3"), _ENDED, _SERVER)
            wait_until(lambda: caplog.messages)

        assert caplog.messages == ["on_download_end: 'sh' ended with status 3"]
