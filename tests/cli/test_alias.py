"""The alias of the current model, as the commands keep it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.manifests import manifest
from ollama_tui.demo.names import parse_name
from ollama_tui.demo.wire import Answer
from tests.cli.conftest import Run
from tests.cli.test_managing import names, sent

ALIAS = "current:latest"


@pytest.fixture(autouse=True)
def _alias_is_wanted(config_file: Path) -> None:
    config_file.write_text('preflight = false\ncurrent_alias = "current"\n')


def digest(server: Emulator, name: str) -> str:
    model = server.store.find(parse_name(name))
    assert model is not None
    return model.manifest.digest


def put(server: Emulator, name: str, content: str) -> None:
    """Install a model behind the program's back."""
    server.store.install(parse_name(name), manifest(content, 9_000_000), server.clock.now())


class TestUse:
    def test_it_prints_as_ever_and_the_alias_is_there(self, server: Emulator, run: Run) -> None:
        run("use", "qwen3:8b")
        used = run("use", "gemma3")

        assert (used.code, used.out) == (0, "gemma3:latest\n")
        assert used.err == "gemma3:latest is now the current model; it was qwen3:8b.\n"
        assert digest(server, ALIAS) == digest(server, "gemma3")

    def test_a_model_of_that_name_stays_and_the_choice_is_made(
        self, server: Emulator, run: Run
    ) -> None:
        put(server, ALIAS, "theirs")
        theirs = digest(server, ALIAS)

        used = run("use", "gemma3")

        assert (used.code, used.out) == (1, "gemma3:latest\n")
        assert "Alias current:latest does not follow" in used.err
        assert "not made by this program" in used.err
        assert digest(server, ALIAS) == theirs
        assert run("current").out == "gemma3:latest\n"

    def test_its_way_out_works(self, server: Emulator, run: Run) -> None:
        put(server, ALIAS, "theirs")
        run("use", "gemma3")

        assert run("mv", ALIAS, "theirs").code == 0
        assert run("use", "gemma3").code == 0

        assert digest(server, ALIAS) == digest(server, "gemma3")

    def test_json_tells_of_it(self, server: Emulator, run: Run) -> None:
        server.faults["/api/copy"] = Fault(answer=Answer(500, (), b'{"error":"no"}'), times=1)

        failed, done = run("use", "gemma3", "--json"), run("use", "gemma3", "--json")

        assert "server failed" in json.loads(failed.out)["alias_trouble"]
        assert json.loads(done.out) == {
            "version": 1,
            "name": "gemma3:latest",
            "previous": "gemma3:latest",
            "alias": ALIAS,
            "alias_trouble": None,
        }

    def test_the_alias_itself_is_refused(self, server: Emulator, run: Run) -> None:
        run("use", "gemma3")

        refused = run("use", "current")

        assert (refused.code, refused.out) == (5, "")
        assert "Choose a model itself, such as gemma3:latest." in refused.err

    def test_read_only_mode_chooses_leaves_it_and_says_so(self, server: Emulator, run: Run) -> None:
        used = run("--readonly", "use", "gemma3")

        assert (used.code, used.out) == (0, "gemma3:latest\n")
        assert "Alias current:latest does not follow (read-only mode" in used.err
        assert sent(server) == []


class TestOtherCommands:
    def test_a_rename_of_the_current_model_needs_no_copy(self, server: Emulator, run: Run) -> None:
        run("use", "gemma3")
        before = digest(server, ALIAS)

        assert run("mv", "gemma3", "mine").code == 0

        assert run("current").out == "mine:latest\n"
        assert digest(server, ALIAS) == before == digest(server, "mine")

    def test_pulling_the_current_model_again_moves_it(self, server: Emulator, run: Run) -> None:
        put(server, "tiny", "older")
        run("use", "tiny")
        older = digest(server, ALIAS)

        assert run("pull", "tiny").code == 0

        assert digest(server, ALIAS) == digest(server, "tiny") != older

    def test_editing_the_current_model_moves_it(self, server: Emulator, run: Run) -> None:
        run("use", "gemma3")
        before = digest(server, ALIAS)

        assert run("edit", "gemma3", "--set", "num_ctx=2048", "--yes").code == 0

        assert digest(server, ALIAS) == digest(server, "gemma3") != before

    def test_pulling_another_one_leaves_it(self, server: Emulator, run: Run) -> None:
        put(server, ALIAS, "theirs")
        run("use", "gemma3")

        assert run("pull", "tiny").code == 0

    def test_a_deleted_current_model_lives_on_in_it(self, server: Emulator, run: Run) -> None:
        run("use", "gemma3")

        deleted = run("rm", "gemma3", "--yes")

        assert "its layers stay, since current:latest has them too" in deleted.err
        assert ALIAS in names(server)

    def test_ls_marks_it_in_json(self, server: Emulator, run: Run) -> None:
        run("use", "gemma3")

        listed = json.loads(run("ls", "--json").out)["models"]

        assert [model["name"] for model in listed if model["alias"]] == [ALIAS]
        assert [model["name"] for model in listed if model["current"]] == ["gemma3:latest"]


@pytest.mark.parametrize("name", ["a b", "a/b/c/d", "x:cloud", "x:LOCAL"])
def test_a_name_that_no_model_can_have_is_wrong_usage(
    name: str, server: Emulator, run: Run, config_file: Path
) -> None:
    config_file.write_text(f'current_alias = "{name}"\n')

    refused = run("ls")

    assert refused.code == 2
    assert f"{config_file}" in refused.err
    assert "current_alias" in refused.err
