from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from ollama_tui.demo.clock import FOREVER
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.manifests import manifest
from ollama_tui.demo.runners import Runner
from ollama_tui.demo.wire import Answer, json_answer
from tests.cli.conftest import Run
from tests.emulators import Serve

GIB = 1024**3


def loaded(name: str, on_gpu: float, lasts: timedelta = timedelta(minutes=5)) -> Runner:
    return Runner(
        f"{name}", manifest(name, 5_200_000_000), 8 * GIB, int(8 * GIB * on_gpu), 8192, 300,
        datetime.now(UTC) + lasts,
    )  # fmt: skip


class TestLs:
    def test_the_models_stand_in_columns_by_name(self, server: Emulator, run: Run) -> None:
        listed = run("ls")

        assert listed.code == 0
        assert listed.err == ""
        lines = listed.out.splitlines()
        assert lines[0].split() == ["NAME", "SIZE", "PARAMS", "QUANT", "CTX", "AGE"]
        assert [line.split()[0] for line in lines[1:]] == [
            "big:480b-cloud",
            "gemma3:latest",
            "qwen3:8b",
        ]
        assert "3.3 GB" in lines[2]
        assert len({line.index("GB") for line in lines[2:]}) == 1

    def test_a_cloud_model_has_no_size(self, server: Emulator, run: Run) -> None:
        line = run("ls").out.splitlines()[1]

        assert "—" in line
        assert "cloud" in line

    def test_the_current_and_the_loaded_model_are_marked(self, server: Emulator, run: Run) -> None:
        server.runners.put([loaded("qwen3:8b", 1)])
        run("use", "qwen3:8b")

        assert "★●" in run("ls").out.splitlines()[3]
        assert ">*" in run("ls", "--ascii").out.splitlines()[3]
        assert run("ls", "--ascii").out.isascii()

    def test_json_has_every_field(self, server: Emulator, run: Run) -> None:
        server.runners.put([loaded("qwen3:8b", 1)])
        run("use", "gemma3")

        listed = json.loads(run("ls", "--json").out)

        assert listed["version"] == 1
        assert listed["server"].startswith("http://127.0.0.1:")
        cloud, gemma, qwen = listed["models"]
        assert (cloud["cloud"], cloud["size_bytes"]) == (True, None)
        assert (gemma["current"], gemma["loaded"]) == (True, False)
        assert (qwen["current"], qwen["loaded"]) == (False, True)
        assert gemma == {
            "name": "gemma3:latest",
            "size_bytes": gemma["size_bytes"],
            "parameter_size": "8.0B",
            "quantization": "Q4_K_M",
            "context_length": 4096,
            "capabilities": ["completion"],
            "digest": gemma["digest"],
            "modified": "2026-11-01T12:30:15Z",
            "cloud": False,
            "loaded": False,
            "current": True,
        }

    def test_an_empty_library_says_how_to_pull(self, serve: Serve, run: Run) -> None:
        listed = run("ls", "--host", serve(Emulator()))

        assert (listed.code, listed.out) == (0, "")
        assert "ollama-tui pull" in listed.err

    def test_an_empty_library_is_an_empty_list_in_json(self, serve: Serve, run: Run) -> None:
        listed = run("ls", "--json", "--host", serve(Emulator()))

        assert json.loads(listed.out)["models"] == []

    def test_an_old_server_without_ps_lists_all_the_same(self, serve: Serve, run: Run) -> None:
        old = Emulator(version="0.1.30")
        old.faults["/api/ps"] = Fault(answer=Answer(404, (), b"404 page not found"))
        old.faults["/api/tags"] = Fault(answer=json_answer({"models": [{"name": "a:latest"}]}))

        listed = run("ls", "--json", "--host", serve(old))

        assert (listed.code, listed.err) == (0, "")
        assert json.loads(listed.out)["models"][0]["loaded"] is None

    def test_what_is_not_known_to_be_loaded_is_said_and_costs_a_code(
        self, server: Emulator, run: Run
    ) -> None:
        server.faults["/api/ps"] = Fault(answer=json_answer({"error": "oops"}, 500))

        listed = run("ls")

        assert listed.code == 1
        assert "qwen3:8b" in listed.out
        assert "What is loaded is unknown" in listed.err

    def test_hostile_names_stay_on_their_line(self, server: Emulator, run: Run) -> None:
        names = ["a\x1b[2Jb", "[/b]", "模型:latest", "x\n\u202ey", "n" * 300]
        models = [{"name": name, "size": 1} for name in names]
        server.faults["/api/tags"] = Fault(answer=json_answer({"models": models}))

        listed = run("ls")

        assert listed.code == 0
        assert len(listed.out.splitlines()) == 6
        assert "\x1b" not in listed.out
        assert "\u202e" not in listed.out
        assert "[/b]" in listed.out
        assert "模型:latest" in listed.out

    def test_without_a_command_and_a_terminal_it_is_printed(
        self, server: Emulator, run: Run
    ) -> None:
        assert run() == run("ls")


class TestPs:
    def test_memory_share_and_time_are_shown(self, server: Emulator, run: Run) -> None:
        server.runners.put([loaded("qwen3:8b", 0.75), loaded("gemma3:latest", 1, FOREVER)])

        listed = run("ps")

        heading, gemma, qwen = listed.out.splitlines()
        assert heading.split() == ["NAME", "MEMORY", "ON", "GPU", "CTX", "UNLOADS"]
        assert gemma.split() == ["gemma3:latest", "8.0", "GiB", "100", "%", "8k", "pinned"]
        assert qwen.split() == ["qwen3:8b", "8.0", "GiB", "75", "%", "8k", "5", "min"]

    def test_json_has_every_field(self, server: Emulator, run: Run) -> None:
        server.runners.put([loaded("qwen3:8b", 0.75), loaded("gemma3:latest", 1, FOREVER)])

        listed = json.loads(run("ps", "--json").out)

        gemma, qwen = listed["models"]
        assert listed["version"] == 1
        assert (gemma["pinned"], gemma["expires_at"]) == (True, None)
        assert datetime.fromisoformat(qwen["expires_at"]) > datetime.now(UTC)
        assert (qwen["size_bytes"], qwen["size_vram_bytes"]) == (8 * GIB, 6 * GIB)
        assert (qwen["gpu_share"], qwen["context_length"]) == (0.75, 8192)
        assert qwen["pinned"] is False

    def test_nothing_loaded_is_said_in_words(self, server: Emulator, run: Run) -> None:
        listed = run("ps")

        assert (listed.code, listed.out) == (0, "")
        assert "No model is loaded" in listed.err

    def test_an_old_server_is_told_apart(self, server: Emulator, run: Run) -> None:
        server.faults["/api/ps"] = Fault(answer=Answer(404, (), b"404 page not found"))

        listed = run("ps")

        assert listed.code == 1
        assert "Update Ollama" in listed.err


class TestFailures:
    @pytest.mark.parametrize("command", ["ls", "ps"])
    @pytest.mark.usefixtures("no_server")
    def test_a_server_that_is_down_gives_3(self, command: str, run: Run) -> None:
        listed = run(command)

        assert (listed.code, listed.out) == (3, "")
        assert "Connection refused at http://127.0.0.1:1" in listed.err
        assert "ollama serve" in listed.err

    @pytest.mark.parametrize("command", ["ls", "ps"])
    def test_html_with_200_is_no_ollama(self, command: str, server: Emulator, run: Run) -> None:
        page = Answer(200, (("content-type", "text/html"),), b"<html>hello</html>")
        server.faults["*"] = Fault(answer=page)

        listed = run(command)

        assert listed.code == 3
        assert "is not an Ollama server" in listed.err

    def test_a_refusal_gives_5(self, server: Emulator, run: Run) -> None:
        server.faults["*"] = Fault(answer=Answer(403))

        assert run("ls").code == 5

    def test_a_failure_of_the_server_gives_1(self, server: Emulator, run: Run) -> None:
        server.faults["*"] = Fault(answer=json_answer({"error": "disk on fire"}, 500))

        listed = run("ls")

        assert listed.code == 1
        assert "disk on fire" in listed.err

    def test_an_answer_cut_short_gives_3(self, server: Emulator, run: Run) -> None:
        server.faults["/api/tags"] = Fault(cut_after=20, resets=True)

        assert run("ls").code == 3
