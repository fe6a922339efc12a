"""`run`: `ollama run` in place of this program."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from ollama_tui.core.errors import InvalidInput
from ollama_tui.core.talk import talk_to
from ollama_tui.demo.emulator import Emulator
from tests.cli.conftest import Run
from tests.cli.test_process import forked


@pytest.fixture
def talks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program `ollama` that prints the server it was told, and its arguments."""
    program = tmp_path / "bin" / "ollama"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\nprintf \'%s\\n\' "$OLLAMA_HOST" "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return program


@pytest.mark.usefixtures("talks")
class TestTalking:
    def test_it_runs_ollama_with_the_named_model_on_the_same_server(self, server: Emulator) -> None:
        talked = forked("run", "qwen3:8b")

        assert talked.stdout.splitlines() == [os.environ["OLLAMA_HOST"], "run", "qwen3:8b"]
        assert (talked.returncode, talked.stderr) == (0, "")

    def test_what_ollama_could_read_as_an_option_is_no_name(self) -> None:
        with pytest.raises(InvalidInput, match="cannot be a model name"):
            talk_to("--insecure", "http://127.0.0.1:1", os.environ)

    def test_the_option_for_the_host_goes_on_to_ollama(
        self, server: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        url = os.environ["OLLAMA_HOST"]
        monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:1")

        assert forked("run", "qwen3:8b", "--host", url).stdout.splitlines()[0] == url

    def test_a_password_in_the_address_is_not_handed_on(
        self, server: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        url = os.environ["OLLAMA_HOST"]
        monkeypatch.setenv("OLLAMA_HOST", url.replace("://", "://me:secret@"))

        assert forked("run", "qwen3:8b").stdout.splitlines()[0] == url

    def test_without_a_name_it_is_the_current_model(self, server: Emulator, run: Run) -> None:
        run("use", "gemma3")

        assert forked("run").stdout.splitlines()[1:] == ["run", "gemma3:latest"]

    @pytest.mark.parametrize("name", [["qwen3:8b"], []])
    def test_what_stands_behind_two_dashes_is_for_ollama(
        self, name: list[str], server: Emulator, run: Run
    ) -> None:
        run("use", "qwen3:8b")

        talked = forked("run", *name, "--", "--verbose", "Why is", "--", "run")

        words = talked.stdout.splitlines()[1:]
        assert words == ["run", "qwen3:8b", "--verbose", "Why is", "--", "run"]

    def test_its_exit_code_is_that_of_ollama(self, server: Emulator, talks: Path) -> None:
        talks.write_text("#!/bin/sh\nexit 7\n")

        assert forked("run", "qwen3:8b").returncode == 7

    def test_ollama_ends_when_its_reader_leaves(self, server: Emulator, talks: Path) -> None:
        talks.write_text("#!/bin/sh\nkill -PIPE $$\n")

        assert forked("run", "qwen3:8b").returncode == -signal.SIGPIPE

    def test_one_that_cannot_be_started_is_said(self, server: Emulator, talks: Path) -> None:
        talks.write_text("#!/no/such/shell\n")

        failed = forked("run", "qwen3:8b")

        assert failed.returncode == 1
        assert "could not be started: no such file" in failed.stderr


@pytest.mark.usefixtures("talks")
class TestRefusing:
    def test_a_model_that_is_not_installed_gives_4(self, server: Emulator, run: Run) -> None:
        refused = run("run", "nosuch")

        assert refused.code == 4
        assert "`ollama-tui pull nosuch` fetches it" in refused.err

    def test_no_current_model_gives_4_and_the_way(self, server: Emulator, run: Run) -> None:
        refused = run("run")

        assert refused.code == 4
        assert "`ollama-tui use NAME`" in refused.err

    def test_read_only_mode_refuses_it(self, server: Emulator, run: Run) -> None:
        assert run("run", "qwen3:8b", "--readonly").code == 5
        assert not server.requests

    def test_the_demo_has_nothing_to_talk_to(self, run: Run) -> None:
        refused = run("--demo", "run", "gemma3:27b")

        assert refused.code == 5
        assert "cannot talk" in refused.err

    @pytest.mark.usefixtures("no_server")
    def test_a_server_that_is_down_gives_3(self, run: Run) -> None:
        assert run("run", "qwen3:8b").code == 3

    def test_json_is_not_what_it_prints(self, server: Emulator, run: Run) -> None:
        assert run("run", "qwen3:8b", "--json").code == 2


def test_a_machine_without_ollama_gives_1_and_says_so(
    server: Emulator, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    failed = run("run", "qwen3:8b")

    assert failed.code == 1
    assert "not on the PATH" in failed.err
    assert "ollama.com/download" in failed.err


def test_a_model_of_the_name_of_the_command_is_still_one(server: Emulator, run: Run) -> None:
    assert "No model run is installed." in run("use", "--", "run").err
