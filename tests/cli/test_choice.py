from __future__ import annotations

import json
from pathlib import Path

import pytest

from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.names import parse_name
from ollama_tui.demo.wire import json_answer
from tests.cli.conftest import Run


class TestUse:
    def test_it_chooses_and_names_the_previous_one(self, server: Emulator, run: Run) -> None:
        first = run("use", "qwen3:8b")
        second = run("use", "gemma3:latest")

        assert (first.code, first.out) == (0, "qwen3:8b\n")
        assert "none was chosen before" in first.err
        assert (second.code, second.out) == (0, "gemma3:latest\n")
        assert "it was qwen3:8b" in second.err

    @pytest.mark.parametrize(
        "spelling",
        ["gemma3", "GEMMA3", "gemma3:LATEST", "ollama run gemma3", "https://ollama.com/library/gemma3"],
    )  # fmt: skip
    def test_every_spelling_means_the_same_model(
        self, spelling: str, server: Emulator, run: Run
    ) -> None:
        assert run("use", spelling).out == "gemma3:latest\n"
        assert run("current").out == "gemma3:latest\n"

    def test_one_that_is_not_installed_is_refused_and_changes_nothing(
        self, server: Emulator, run: Run
    ) -> None:
        run("use", "qwen3:8b")

        refused = run("use", "nosuch")

        assert (refused.code, refused.out) == (4, "")
        assert "`ollama-tui ls` lists what is." in refused.err
        assert run("current").out == "qwen3:8b\n"

    @pytest.mark.parametrize("name", ["", "a b", "a/b/c/d", "\x1b[31mred", "x" * 300, "模型"])
    def test_what_cannot_be_a_name_is_wrong_usage(
        self, name: str, server: Emulator, run: Run
    ) -> None:
        refused = run("use", name)

        assert refused.code == 2
        assert "\x1b" not in refused.err

    @pytest.mark.usefixtures("no_server")
    def test_a_server_that_is_down_gives_3(self, run: Run) -> None:
        assert run("use", "qwen3:8b").code == 3

    def test_json_holds_both_names(self, server: Emulator, run: Run) -> None:
        run("use", "qwen3:8b")

        chosen = json.loads(run("use", "gemma3", "--json").out)

        assert chosen == {"version": 1, "name": "gemma3:latest", "previous": "qwen3:8b"}

    def test_read_only_mode_allows_it(self, server: Emulator, run: Run) -> None:
        assert run("--readonly", "use", "qwen3:8b").code == 0

    def test_a_state_folder_that_cannot_be_written_is_said(
        self, server: Emulator, run: Run, state_folder: Path
    ) -> None:
        state_folder.parent.write_text("in the way")

        chosen = run("use", "qwen3:8b")

        assert (chosen.code, chosen.out) == (1, "")
        assert "could not be written" in chosen.err


class TestCurrent:
    def test_none_chosen_gives_4_and_a_hint(self, server: Emulator, run: Run) -> None:
        current = run("current")

        assert (current.code, current.out) == (4, "")
        assert "ollama-tui use" in current.err

    def test_none_chosen_is_null_in_json(self, server: Emulator, run: Run) -> None:
        current = run("current", "--json")

        assert current.code == 4
        assert json.loads(current.out) == {"version": 1, "name": None, "installed": None}

    def test_a_deleted_one_is_not_printed_and_gives_4(self, server: Emulator, run: Run) -> None:
        run("use", "qwen3:8b")
        server.store.remove(parse_name("qwen3:8b"))

        current = run("current")

        assert (current.code, current.out) == (4, "")
        assert "qwen3:8b is chosen, but not installed any more" in current.err
        assert "`ollama-tui use NAME` chooses another" in current.err
        assert json.loads(run("current", "--json").out)["installed"] is False

    def test_a_server_that_is_down_does_not_hide_it(self, server: Emulator, run: Run) -> None:
        run("use", "qwen3:8b")
        server.faults["*"] = Fault(closes=True)

        current = run("current")

        assert (current.code, current.out) == (0, "qwen3:8b\n")
        assert "unknown" in current.err
        assert json.loads(run("current", "--json").out)["installed"] is None

    def test_a_damaged_file_is_set_aside_with_a_warning(
        self, server: Emulator, run: Run, state_folder: Path
    ) -> None:
        run("use", "qwen3:8b")
        (state_folder / "current.json").write_text("{ broken")

        current = run("current")

        assert (current.code, current.out) == (4, "")
        assert "damaged" in current.err
        assert [path.read_text() for path in state_folder.glob("*damaged*")] == ["{ broken"]
        assert run("use", "qwen3:8b").code == 0

    def test_each_server_has_its_own(self, server: Emulator, run: Run) -> None:
        run("use", "qwen3:8b")

        assert run("current", "--host", "127.0.0.1:1").code == 4

    def test_a_hostile_server_cannot_write_escapes_through_it(
        self, server: Emulator, run: Run
    ) -> None:
        hostile = {"models": [{"name": "a\x1b[2Jb"}]}
        server.faults["/api/tags"] = Fault(answer=json_answer(hostile))

        assert run("use", "a[2Jb").out == "a[2Jb\n"
