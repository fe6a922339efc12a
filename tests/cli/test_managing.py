"""`show`, `rm`, `cp` and `mv`."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.manifests import composed, manifest
from ollama_tui.demo.names import parse_name
from ollama_tui.demo.wire import Answer, Request, json_answer
from tests.cli.conftest import Run
from tests.emulators import Serve
from tests.terminals import on_a_terminal

CANNOT_REMOVE = "remove /models/blobs/sha256-0a1b: read-only file system"


def names(server: Emulator) -> set[str]:
    return {model.name.shown for model in server.store.models}


def sent(server: Emulator) -> list[str]:
    """The paths of all requests that are more than a look."""
    return [
        request.path
        for request in server.requests
        if request.method != "GET" and request.path != "/api/show"
    ]


class HalfDeleting(Emulator):
    """A server that deletes a model and then fails to remove its layers."""

    async def answer(self, request: Request) -> Answer:
        given = await super().answer(request)
        if request.path == "/api/delete":
            return json_answer({"error": CANNOT_REMOVE}, 500)
        return given


class TestShow:
    def test_as_text_it_is_the_modelfile(self, server: Emulator, run: Run) -> None:
        told = run("show", "gemma3")

        assert (told.code, told.err) == (0, "")
        assert "\nFROM /usr/share/ollama/" in told.out

    def test_json_has_what_the_list_and_show_tell_by_the_names_of_ls(
        self, server: Emulator, run: Run
    ) -> None:
        told = json.loads(run("show", "gemma3", "--json").out)
        [listed] = [
            model
            for model in json.loads(run("ls", "--json").out)["models"]
            if model["name"] == "gemma3:latest"
        ]

        listed.pop("loaded")
        listed.pop("current")
        assert {key: told[key] for key in listed} == listed
        assert set(told) > {"modelfile", "template", "system", "licence", "parameters"}

    def test_json_has_all_else_that_the_server_told(self, server: Emulator, run: Run) -> None:
        answer = {
            "details": {"format": "gguf"},
            "model_info": {"general.architecture": "x", "x.sizes": [1, 2.5, None, True]},
            "projector_info": {"clip.has\x1b[31m": "a\u202eb"},
            "messages": [{"role": "user", "content": "hi\n\x07there"}],
            "tensors": [{"name": "blk.0", "type": "F16", "shape": [64, 64]}],
            "requires": "0.14.0",
            "license": "MIT",
            "of_tomorrow": {"deep": ["x\x9by"]},
        }
        server.faults["/api/show"] = Fault(answer=json_answer(answer))

        told = json.loads(run("show", "gemma3", "--json").out)

        for field in ("details", "model_info", "tensors", "requires"):
            assert told[field] == answer[field]
        assert told["projector_info"] == {"clip.has[31m": "ab"}
        assert told["messages"] == [{"role": "user", "content": "hi\nthere"}]
        assert told["of_tomorrow"] == {"deep": ["xy"]}
        assert (told["licence"], "license" in told) == ("MIT", False)

    def test_a_field_of_the_servers_that_is_named_as_one_of_ours_stands_apart(
        self, server: Emulator, run: Run
    ) -> None:
        answer = {"version": 7, "size_bytes": "many", "digest": "else"}
        server.faults["/api/show"] = Fault(answer=json_answer(answer))

        told = json.loads(run("show", "gemma3", "--json").out)

        assert told["version"] == 1
        assert told["size_bytes"] > 3_000_000_000
        assert told["show"] == answer

    @pytest.mark.parametrize("part", ["licence", "license"])
    def test_one_part_can_be_printed(self, server: Emulator, run: Run, part: str) -> None:
        server.faults["/api/show"] = Fault(answer=json_answer({"license": "MIT\nas is"}))

        told = run("show", "gemma3", "--part", part)

        assert (told.code, told.out, told.err) == (0, "MIT\nas is\n", "")

    def test_facts_are_a_part_too(self, server: Emulator, run: Run) -> None:
        assert "size       3.3 GB\n" in run("show", "gemma3", "--part", "facts").out

    def test_a_part_that_is_not_there_prints_nothing_and_says_so(
        self, server: Emulator, run: Run
    ) -> None:
        told = run("show", "gemma3", "--part", "system")

        assert (told.code, told.out) == (0, "")
        assert told.err == "gemma3:latest has no system, or the server does not tell it.\n"

    def test_a_part_as_json(self, server: Emulator, run: Run) -> None:
        told = json.loads(run("show", "gemma3", "--part", "system", "--json").out)

        assert told == {"version": 1, "name": "gemma3:latest", "part": "system", "text": ""}

    def test_a_part_that_no_model_has_is_2(self, no_server: None, run: Run) -> None:
        assert run("show", "gemma3", "--part", "weights").code == 2

    def test_a_missing_model_is_4(self, server: Emulator, run: Run) -> None:
        failed = run("show", "absent")

        assert failed.code == 4
        assert "No model absent is installed" in failed.err

    def test_it_works_in_read_only_mode(self, server: Emulator, run: Run) -> None:
        assert run("--readonly", "show", "gemma3").code == 0

        assert sent(server) == []


class TestDelete:
    def test_it_tells_what_may_be_free_now(self, server: Emulator, run: Run) -> None:
        done = run("rm", "gemma3", "--yes")

        assert (done.code, done.out) == (0, "")
        assert done.err == "Deleted gemma3:latest: up to 3.3 GB are free.\n"
        assert "gemma3:latest" not in names(server)

    def test_a_loaded_model_is_gone_from_memory_too(self, server: Emulator, run: Run) -> None:
        run("load", "gemma3")

        done = run("rm", "gemma3", "--yes")

        assert "gemma3:latest, which was unloaded first" in done.err
        assert server.runners.loaded == []

    def test_a_copy_frees_nothing_and_the_other_keeps_running(
        self, server: Emulator, run: Run
    ) -> None:
        run("cp", "gemma3", "mine")
        run("load", "gemma3")

        done = run("rm", "mine", "--yes")

        assert done.err == (
            "Deleted mine:latest: its layers stay, since gemma3:latest has them too.\n"
        )
        assert len(server.runners.loaded) == 1

    def test_the_weights_of_another_model_stay_also_where_no_folder_can_be_read(
        self, server: Emulator, run: Run
    ) -> None:
        found = server.store.find(parse_name("gemma3"))
        assert found is not None
        config = replace(found.manifest.config, system="Be brief.")
        edited = composed(found.manifest.weights, config)
        server.store.install(parse_name("edited"), edited, server.clock.now())

        done = run("rm", "edited", "--yes")

        assert done.err == (
            "Deleted edited:latest: its weights stay, since gemma3:latest has them too.\n"
        )

    def test_a_model_and_its_copy_go_together(self, server: Emulator, run: Run) -> None:
        run("cp", "gemma3", "mine")
        run("load", "gemma3")

        assert run("rm", "gemma3", "mine", "--yes").code == 0

        assert names(server) == {"qwen3:8b", "big:480b-cloud"}
        assert server.runners.loaded == []

    def test_of_a_cloud_model_nothing_is_free(self, server: Emulator, run: Run) -> None:
        assert run("rm", "big:480b-cloud", "-y").err == "Deleted big:480b-cloud.\n"

    def test_that_it_was_the_current_model_is_said(self, server: Emulator, run: Run) -> None:
        run("use", "gemma3")

        other = run("rm", "qwen3:8b", "--yes")
        deleted = run("rm", "gemma3", "--yes")

        assert "current" not in other.err
        assert deleted.code == 0
        assert "gemma3:latest was the current model. `ollama-tui use NAME`" in deleted.err

    def test_two_spellings_of_a_name_are_one_model(self, server: Emulator, run: Run) -> None:
        done = run("rm", "gemma3", "GEMMA3:latest", "--yes")

        assert done.code == 0
        assert done.err.count("Deleted") == 1

    def test_json_has_every_field_and_a_line_for_each(self, server: Emulator, run: Run) -> None:
        done = run("rm", "gemma3", "qwen3:8b", "--yes", "--json")

        first, second = (json.loads(line) for line in done.out.splitlines())
        assert set(first) == {
            "version",
            "name",
            "size_bytes",
            "freed_bytes",
            "shared_with",
            "unloaded",
            "trouble",
            "was_current",
        }
        assert (first["name"], second["name"]) == ("gemma3:latest", "qwen3:8b")
        assert done.err == ""

    def test_json_says_which_was_the_current_one(self, server: Emulator, run: Run) -> None:
        run("use", "QWEN3:8b")

        done = run("rm", "gemma3", "qwen3:8b", "--yes", "--json")

        assert [json.loads(line)["was_current"] for line in done.out.splitlines()] == [False, True]

    def test_quiet_says_nothing(self, server: Emulator, run: Run) -> None:
        assert run("rm", "gemma3", "-yq").err == ""

    def test_one_that_is_missing_keeps_all_of_them(self, server: Emulator, run: Run) -> None:
        failed = run("rm", "gemma3", "absent", "--yes")

        assert failed.code == 4
        assert "gemma3:latest" in names(server)
        assert sent(server) == []

    @pytest.mark.parametrize("name", ["gemma3:local", "gemma3:cloud"])
    def test_a_tag_that_ollama_cuts_off_is_5_without_a_request(
        self, server: Emulator, run: Run, name: str
    ) -> None:
        failed = run("rm", "qwen3:8b", name, "--yes")

        assert failed.code == 5
        assert "as where a model runs" in failed.err
        assert not server.requests

    def test_without_yes_and_without_a_terminal_it_is_refused(
        self, server: Emulator, run: Run
    ) -> None:
        failed = run("rm", "gemma3")

        assert failed.code == 5
        assert "there is no terminal. Say --yes" in failed.err
        assert sent(server) == []

    def test_a_500_after_it_is_gone_is_done_with_a_word_of_what_is_left(
        self, serve: Serve, emulator: Emulator, run: Run
    ) -> None:
        server = HalfDeleting(emulator.store.models)
        url = serve(server)

        done = run("rm", "gemma3", "--yes", "--quiet", "--host", url)

        assert done.code == 0
        assert done.err == (
            f"ollama-tui: gemma3:latest is gone, but the server failed: {CANNOT_REMOVE}. "
            "What is left of it goes when Ollama is restarted.\n"
        )
        assert "gemma3:latest" not in names(server)

    def test_a_500_while_it_is_there_is_a_failure(self, server: Emulator, run: Run) -> None:
        server.faults["/api/delete"] = Fault(answer=json_answer({"error": CANNOT_REMOVE}, 500))

        failed = run("rm", "gemma3", "--yes")

        assert failed.code == 1
        assert failed.err == (
            f"ollama-tui: gemma3:latest is not deleted. The server failed: {CANNOT_REMOVE}.\n"
        )

    def test_the_others_are_deleted_when_one_fails(self, server: Emulator, run: Run) -> None:
        fault = Fault(answer=json_answer({"error": CANNOT_REMOVE}, 500), times=1)
        server.faults["/api/delete"] = fault

        failed = run("rm", "gemma3", "qwen3:8b", "--yes")

        assert failed.code == 1
        assert names(server) == {"gemma3:latest", "big:480b-cloud"}

    @pytest.mark.usefixtures("no_server")
    def test_a_server_that_is_down_is_3(self, run: Run) -> None:
        assert run("rm", "gemma3", "--yes").code == 3


class TestAskingOnATerminal:
    @staticmethod
    def answered(*arguments: str, answer: str) -> tuple[int, str]:
        """Give the answer once it is asked for; how it ended and what was on the screen."""
        with on_a_terminal(*arguments) as terminal:
            terminal.shows("[y/N]")
            terminal.write(answer.encode())
            return terminal.ended(), terminal.written.decode()

    def test_y_deletes(self, server: Emulator) -> None:
        code, screen = self.answered("rm", "gemma3", answer="y\n")

        assert code == 0
        assert "  gemma3:latest  3.3 GB\r\nDelete gemma3:latest? [y/N] " in screen
        assert "gemma3:latest" not in names(server)

    def test_one_that_was_changed_before_the_answer_stays(self, server: Emulator) -> None:
        with on_a_terminal("rm", "gemma3") as terminal:
            terminal.shows("[y/N]")
            server.store.install(
                parse_name("gemma3"), manifest("another", 9_000_000), server.clock.now()
            )
            terminal.write(b"y\n")

            assert terminal.ended() == 5
        assert "was changed meanwhile" in terminal.written.decode()
        assert "gemma3:latest" in names(server)

    def test_enter_does_not(self, server: Emulator) -> None:
        code, screen = self.answered("rm", "gemma3", "qwen3:8b", "-q", answer="\n")

        assert code == 5
        assert "  qwen3:8b  5.2 GB\r\nDelete 2 models? [y/N] " in screen
        assert "Nothing is deleted." in screen
        assert sent(server) == []

    def test_ctrl_c_ends_the_question(self, server: Emulator) -> None:
        code, _ = self.answered("rm", "gemma3", answer="\x03")

        assert code == 130
        assert sent(server) == []


class TestCopy:
    def test_it_tells_the_whole_name(self, server: Emulator, run: Run) -> None:
        done = run("cp", "gemma3", "mine")

        assert (done.code, done.out) == (0, "mine:latest\n")
        assert done.err == "mine:latest is a copy of gemma3\n"
        assert names(server) >= {"gemma3:latest", "mine:latest"}

    def test_json_has_name_and_digest(self, server: Emulator, run: Run) -> None:
        done = run("cp", "gemma3", "mine", "--json")

        told = json.loads(done.out)
        assert set(told) == {"version", "name", "digest"}
        assert len(told["digest"]) == 64
        assert done.err == ""

    def test_quiet_leaves_the_name_alone(self, server: Emulator, run: Run) -> None:
        done = run("cp", "gemma3", "mine", "-q")

        assert (done.out, done.err) == ("mine:latest\n", "")

    @pytest.mark.parametrize(
        ("source", "name", "code", "words"),
        [
            ("gemma3", "QWEN3:8b", 5, "qwen3:8b is there already"),
            ("gemma3", "Gemma3", 5, "gemma3:latest has that name already"),
            ("gemma3", "mine:cloud", 5, "Ollama reads :cloud as where a model runs"),
            ("gemma3", "a b", 2, "it has a blank in it"),
            ("absent", "mine", 4, "No model absent is installed"),
        ],
    )
    def test_what_cannot_be_is_told_and_nothing_is_sent(
        self, server: Emulator, run: Run, source: str, name: str, code: int, words: str
    ) -> None:
        for command in ("cp", "mv"):
            failed = run(command, source, name)

            assert (failed.code, failed.out) == (code, "")
            assert words in failed.err
        assert sent(server) == []

    @pytest.mark.usefixtures("no_server")
    def test_a_server_that_is_down_is_3(self, run: Run) -> None:
        assert run("cp", "gemma3", "mine").code == 3
        assert run("mv", "gemma3", "mine").code == 3


class TestRename:
    def test_json_says_whether_it_is_the_current_one(self, server: Emulator, run: Run) -> None:
        run("use", "gemma3")

        first, second = run("mv", "gemma3", "mine", "--json"), run("mv", "qwen3:8b", "q", "--json")

        assert [json.loads(done.out)["current"] for done in (first, second)] == [True, False]

    def test_the_current_model_follows(self, server: Emulator, run: Run) -> None:
        run("use", "gemma3")

        done = run("mv", "GEMMA3", "mine")

        assert (done.code, done.out) == (0, "mine:latest\n")
        assert "GEMMA3 is now mine:latest; it stays the current model" in done.err
        assert names(server) == {"mine:latest", "qwen3:8b", "big:480b-cloud"}
        assert run("current").out == "mine:latest\n"

    def test_another_current_model_stays(self, server: Emulator, run: Run) -> None:
        run("use", "qwen3:8b")

        done = run("mv", "gemma3", "mine")

        assert "current" not in done.err
        assert run("current").out == "qwen3:8b\n"

    def test_a_failed_delete_keeps_both_and_the_current_model(
        self, server: Emulator, run: Run
    ) -> None:
        run("use", "gemma3")
        server.faults["/api/delete"] = Fault(answer=json_answer({"error": CANNOT_REMOVE}, 500))

        failed = run("mv", "gemma3", "mine", "--quiet")

        assert (failed.code, failed.out) == (1, "")
        assert "mine:latest is there, and gemma3:latest still is, too" in failed.err
        assert "`ollama-tui rm gemma3:latest` deletes the old name" in failed.err
        assert names(server) >= {"gemma3:latest", "mine:latest"}
        assert run("current").out == "gemma3:latest\n"

    def test_a_server_that_closes_the_connection_at_the_delete_is_3(
        self, server: Emulator, run: Run
    ) -> None:
        server.faults["/api/delete"] = Fault(closes=True)

        failed = run("mv", "gemma3", "mine")

        assert failed.code == 3
        assert server.store.find(parse_name("gemma3"))
        assert "still is, too" in failed.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("rm", "gemma3", "--yes"),
        ("rm", "gemma3"),
        ("cp", "gemma3", "mine"),
        ("mv", "gemma3", "mine"),
    ],
)
def test_read_only_mode_refuses_each_and_only_looks(
    server: Emulator, run: Run, arguments: tuple[str, ...]
) -> None:
    refused = run(*arguments, "--readonly")

    assert (refused.code, refused.out) == (5, "")
    assert "Read-only mode" in refused.err
    assert sent(server) == []
