"""`edit`: by options, and in an editor on a terminal."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from ollama_tui.cli.terminal import run_program
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.names import parse_name
from ollama_tui.demo.wire import json_answer
from tests.cli.conftest import Run
from tests.editors import Editor, make_editor, types, writes
from tests.terminals import ForkedTerminal, Terminal

EIGHT = "PARAMETER num_ctx 8192"


def parameters(server: Emulator, name: str = "gemma3") -> dict[str, object]:
    model = server.store.find(parse_name(name))
    assert model is not None
    return dict(model.manifest.config.parameters)


def system(server: Emulator, name: str = "gemma3") -> str:
    model = server.store.find(parse_name(name))
    assert model is not None
    return model.manifest.config.system


def is_asked(server: Emulator) -> bool:
    """Whether the server was asked to make a model."""
    return any(request.path == "/api/create" for request in server.requests)


class TestByOptions:
    def test_parameters_and_system_prompt_are_set(self, server: Emulator, run: Run) -> None:
        told = run(
            "edit", "gemma3", "--yes", "--set", "num_ctx=8192", "--set", "stop=a", "--set",
            "stop=b", "--system", "Be brief.",
        )  # fmt: skip

        assert (told.code, told.out) == (0, "gemma3:latest\n")
        assert told.err.splitlines()[:2] == ["+PARAMETER num_ctx 8192", '+PARAMETER stop "a"']
        assert told.err.endswith("gemma3:latest is changed.\n")
        assert parameters(server) == {"num_ctx": 8192, "stop": ["a", "b"]}
        assert system(server) == "Be brief."

    def test_a_new_name_makes_another_model(self, server: Emulator, run: Run) -> None:
        told = run("edit", "gemma3", "mine", "--yes", "--set", "num_ctx=8192", "--json")

        found = json.loads(told.out)
        assert (found["name"], found["changed"], found["loaded"]) == ("mine:latest", True, False)
        assert found["digest"]
        assert parameters(server, "gemma3") == {}
        assert parameters(server, "mine") == {"num_ctx": 8192}

    def test_what_is_unset_is_said_to_be_nothing(self, server: Emulator, run: Run) -> None:
        run("edit", "gemma3", "--yes", "--set", "num_ctx=8192")

        told = run("edit", "gemma3", "--yes", "--unset", "num_ctx")

        assert told.code == 0
        assert "Set to nothing, shown as <nil>: num_ctx." in told.err
        assert run("edit", "gemma3", "--yes", "--unset", "num_ctx").code == 2

    def test_the_system_prompt_can_come_from_a_file(
        self, server: Emulator, run: Run, tmp_path: Path
    ) -> None:
        file = tmp_path / "prompt.txt"
        file.write_text("Be brief.\n\nBe kind.\n")

        assert run("edit", "gemma3", "--yes", "--system-file", str(file)).code == 0
        assert system(server) == "Be brief.\n\nBe kind."

    def test_a_file_that_cannot_be_read_is_named(self, server: Emulator, run: Run) -> None:
        told = run("edit", "gemma3", "--yes", "--system-file", "/absent")

        assert (told.code, is_asked(server)) == (2, False)
        assert "/absent cannot be read: no such file" in told.err

    def test_nothing_different_is_said_and_not_sent(self, server: Emulator, run: Run) -> None:
        told = run("edit", "gemma3", "mine", "--yes", "--system", "", "--json")

        assert (told.code, json.loads(told.out)["changed"]) == (0, False)
        assert "nothing is different" in told.err
        assert "cp gemma3 mine" in told.err
        assert not is_asked(server)

    def test_quiet_says_nothing(self, server: Emulator, run: Run) -> None:
        told = run("edit", "gemma3", "--yes", "--quiet", "--set", "seed=1")

        assert (told.code, told.out, told.err) == (0, "gemma3:latest\n", "")

    @pytest.mark.parametrize(
        ("arguments", "code", "words"),
        [
            (("gemma3", "--set", "num_ctx=many"), 2, "`num_ctx` must be a whole number"),
            (("gemma3", "--set", "num_ctxx=1"), 2, "Did you mean num_ctx?"),
            (("gemma3", "--set", "num_ctx"), 2, "is not NAME=VALUE"),
            (("gemma3", "--system", "a", "--system-file", "b"), 2, "not allowed with"),
            (("absent", "--set", "seed=1"), 4, "No model absent is installed"),
            (("big:480b-cloud", "--set", "seed=1"), 5, "runs in the cloud"),
            (("gemma3:cloud", "--set", "seed=1"), 5, "cannot be named here"),
            (("gemma3", "mine:local", "--set", "seed=1"), 5, "cannot be named here"),
            (("gemma3", "qwen3:8b", "--set", "seed=1"), 5, "qwen3:8b is there already"),
            (("gemma3", "--set", "seed=1", "--readonly"), 5, "Read-only mode"),
        ],
    )
    def test_what_cannot_be_done_says_why_and_sends_nothing(
        self, server: Emulator, run: Run, arguments: Sequence[str], code: int, words: str
    ) -> None:
        told = run("edit", "--yes", *arguments)

        assert (told.code, told.out) == (code, "")
        assert words in told.err
        assert not is_asked(server)

    def test_without_a_terminal_it_does_not_ask_and_is_refused(
        self, server: Emulator, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "stdin", None)

        unsaid, editor = run("edit", "gemma3", "--set", "seed=1"), run("edit", "gemma3", "--yes")

        assert (unsaid.code, editor.code) == (5, 5)
        assert "Say --yes" in unsaid.err
        assert "Give --set" in editor.err
        assert not server.requests


def test_an_editor_runs_where_there_is_no_stdout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)

    assert asyncio.run(run_program([sys.executable, "-c", "exit(7)"])) == 7


class TestInAnEditor:
    @pytest.fixture(autouse=True)
    def _no_other_editor(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("VISUAL", raising=False)

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        return tmp_path / "an editor"

    def start(self, editor: Editor, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Terminal:
        monkeypatch.setenv("EDITOR", editor.command)
        return ForkedTerminal("edit", "gemma3", *arguments)

    def kept(self, state_folder: Path) -> list[str]:
        return [path.read_text() for path in (state_folder / "drafts").glob("*")]

    def test_the_difference_is_shown_and_yes_changes_the_model(
        self, server: Emulator, folder: Path, monkeypatch: pytest.MonkeyPatch, state_folder: Path
    ) -> None:
        terminal = self.start(make_editor(folder, types(EIGHT)), monkeypatch)
        terminal.shows(f"+{EIGHT}")
        terminal.shows("Change gemma3? ")
        terminal.write(b"y\n")

        assert terminal.ended() == 0
        assert parameters(server) == {"num_ctx": 8192}
        assert self.kept(state_folder) == []

    def test_no_keeps_the_text_and_says_where(
        self, server: Emulator, folder: Path, monkeypatch: pytest.MonkeyPatch, state_folder: Path
    ) -> None:
        terminal = self.start(make_editor(folder, types(EIGHT)), monkeypatch)
        terminal.shows("Change gemma3? ")
        terminal.write(b"\n")

        code, said = terminal.ended(), terminal.written.decode()
        assert code == 5
        assert f"What you typed is kept in {state_folder}" in said
        assert "Nothing is changed" in said
        assert EIGHT in self.kept(state_folder)[0]
        assert not is_asked(server)

    def test_e_edits_again(
        self, server: Emulator, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        editor = make_editor(folder, types(EIGHT), types("PARAMETER seed 7"))
        terminal = self.start(editor, monkeypatch, "mine")
        terminal.shows("Make mine of gemma3? ")
        terminal.write(b"e\n")
        terminal.shows("+PARAMETER seed 7")
        terminal.shows("Make mine of gemma3? ")
        terminal.write(b"yes\n")

        assert terminal.ended() == 0
        assert parameters(server, "mine") == {"num_ctx": 8192, "seed": 7}

    def test_a_wrong_line_goes_back_to_the_editor_with_the_text(
        self, server: Emulator, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        editor = make_editor(folder, writes("PARAMETER num_ctx many"), writes(EIGHT))
        terminal = self.start(editor, monkeypatch, "--yes")
        terminal.shows("Line 1: `num_ctx` must be a whole number, and not 'many'.")
        terminal.shows("Edit the text again? ")
        terminal.write(b"y\n")

        assert terminal.ended() == 0
        assert editor.seen(2) == "PARAMETER num_ctx many\n"
        assert parameters(server) == {"num_ctx": 8192}

    def test_a_server_that_fails_loses_no_text(
        self, server: Emulator, folder: Path, monkeypatch: pytest.MonkeyPatch, state_folder: Path
    ) -> None:
        failure = json_answer({"error": "no space left on device"}, 500)
        server.faults["/api/create"] = Fault(answer=failure)
        terminal = self.start(make_editor(folder, types(EIGHT)), monkeypatch, "--yes")
        terminal.shows("no space left on device")
        terminal.shows("Edit the text again? ")
        terminal.write(b"n\n")

        assert terminal.ended() == 5
        assert EIGHT in self.kept(state_folder)[0]

    def test_left_unchanged_nothing_is_done(
        self, server: Emulator, folder: Path, monkeypatch: pytest.MonkeyPatch, state_folder: Path
    ) -> None:
        terminal = self.start(make_editor(folder, ":"), monkeypatch)

        code, said = terminal.ended(), terminal.written.decode()

        assert code == 0
        assert "nothing is different" in said
        assert not is_asked(server)
        assert self.kept(state_folder) == []

    def test_a_change_of_comments_alone_goes_back_to_the_editor(
        self, server: Emulator, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        terminal = self.start(make_editor(folder, types(f"# {EIGHT}"), types(EIGHT)), monkeypatch)
        terminal.shows("Lines that begin with # are not read.")
        terminal.write(b"y\n")
        terminal.shows("Change gemma3? ")
        terminal.write(b"y\n")

        assert terminal.ended() == 0
        assert parameters(server) == {"num_ctx": 8192}

    def test_an_editor_that_fails_changes_nothing(
        self, server: Emulator, folder: Path, monkeypatch: pytest.MonkeyPatch, state_folder: Path
    ) -> None:
        terminal = self.start(make_editor(folder, "exit 3"), monkeypatch)

        code, said = terminal.ended(), terminal.written.decode()

        assert code == 1
        assert "ended with code 3: nothing is changed" in said
        assert self.kept(state_folder) == []

    def test_ctrl_c_at_the_question_keeps_the_text(
        self, server: Emulator, folder: Path, monkeypatch: pytest.MonkeyPatch, state_folder: Path
    ) -> None:
        terminal = self.start(make_editor(folder, types(EIGHT)), monkeypatch)
        terminal.shows("Change gemma3? ")
        terminal.write(b"\x03")

        code, said = terminal.ended(), terminal.written.decode()
        assert code == 130
        assert "What you typed is kept in" in said
        assert EIGHT in self.kept(state_folder)[0]
