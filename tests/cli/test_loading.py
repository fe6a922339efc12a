"""`load`, `unload` and `keep`."""

from __future__ import annotations

import asyncio
import json
import signal
import threading

import pytest

from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.machine import Machine
from ollama_tui.demo.names import parse_name
from ollama_tui.demo.store import installed
from ollama_tui.demo.wire import json_answer
from tests.cli.conftest import Run
from tests.emulators import Serve
from tests.forking import Piped


def loaded(server: Emulator) -> dict[str, int]:
    """The contexts of what is loaded, by name."""
    return {runner.name: runner.context_length for runner in server.runners.loaded}


def sent(server: Emulator) -> list[str]:
    """The paths of all requests that are more than a look."""
    return [
        request.path
        for request in server.requests
        if request.method != "GET" and request.path != "/api/show"
    ]


class TestLoad:
    def test_it_tells_memory_and_time_once_it_is_loaded(self, server: Emulator, run: Run) -> None:
        done = run("load", "gemma3")

        assert (done.code, done.out) == (0, "gemma3:latest\n")
        assert done.err == (
            "Loading gemma3:latest; Ctrl-C aborts it.\ngemma3:latest is loaded: 3.2 GiB, 1 s\n"
        )
        assert loaded(server) == {"gemma3:latest": 4096}

    def test_it_says_that_the_context_was_cut_to_the_trained_one(
        self, server: Emulator, run: Run
    ) -> None:
        done = run("load", "gemma3", "--ctx", "99999999")

        assert done.err.endswith(
            "Its context is 4096 tokens, not 99999999: it was trained for no more.\n"
        )

    def test_quiet_leaves_the_name_alone(self, server: Emulator, run: Run) -> None:
        done = run("load", "gemma3", "--quiet")

        assert (done.out, done.err) == ("gemma3:latest\n", "")

    def test_json_has_every_field(self, server: Emulator, run: Run) -> None:
        done = run("load", "gemma3", "--ctx", "1024", "--keep-alive", "forever", "--json", "-q")

        told = json.loads(done.out)
        assert set(told) == {
            "version",
            "name",
            "context_length",
            "size_bytes",
            "size_vram_bytes",
            "memory_bytes",
            "memory_source",
            "runner",
            "seconds",
        }
        assert (told["name"], told["context_length"]) == ("gemma3:latest", 1024)
        assert done.err == ""

    def test_of_a_copy_says_what_it_is_loaded_as(self, server: Emulator, run: Run) -> None:
        run("load", "gemma3")
        run("cp", "gemma3", "mine")

        done = run("load", "mine")

        assert done.out == "gemma3:latest\n"
        assert "mine:latest is loaded, as gemma3:latest" in done.err

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("gemma3", "--ctx", "0"), "0 tokens are no context"),
            (("gemma3", "--ctx", "many"), "invalid int value"),
            (("gemma3", "--keep-alive", "soon"), "'soon' is not a time to stay loaded"),
            (("gemma3", "--keep-alive", "0"), "would not load a model, but unload it"),
        ],
    )
    def test_wrong_usage_is_2_and_nothing_is_sent(
        self, server: Emulator, run: Run, arguments: tuple[str, ...], words: str
    ) -> None:
        failed = run("load", *arguments)

        assert (failed.code, failed.out) == (2, "")
        assert words in failed.err
        assert not server.requests

    def test_a_missing_model_is_4_and_is_never_said_to_load(
        self, server: Emulator, run: Run
    ) -> None:
        failed = run("load", "absent")

        assert failed.code == 4
        assert failed.err == (
            "ollama-tui: No model absent is installed. `ollama-tui ls` lists what is.\n"
        )

    def test_a_cloud_model_is_5(self, server: Emulator, run: Run) -> None:
        failed = run("load", "big:480b-cloud")

        assert failed.code == 5
        assert "runs in the cloud. There is nothing to load here" in failed.err
        assert sent(server) == []

    def test_a_failure_of_the_server_is_1_in_its_words(self, server: Emulator, run: Run) -> None:
        words = "llama runner process has terminated: exit status 2"
        server.faults["/api/generate"] = Fault(answer=json_answer({"error": words}, 500))

        failed = run("load", "gemma3", "--quiet")

        assert (failed.code, failed.out) == (1, "")
        assert failed.err == (
            f"ollama-tui: The server failed: {words}. `ollama-tui doctor` looks for what is wrong; "
            "the server's log tells more.\n"
        )

    def test_one_that_is_let_go_at_once_is_said(
        self, server: Emulator, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ollama_tui.demo.runners.KEEP_ALIVE", 0.0)

        failed = run("load", "gemma3")

        assert failed.code == 1
        assert "gemma3:latest was loaded, and is gone again" in failed.err

    @pytest.mark.usefixtures("no_server")
    def test_a_server_that_is_down_is_3(self, run: Run) -> None:
        assert run("load", "gemma3").code == 3

    def test_ctrl_c_aborts_it(self, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
        started, aborted = threading.Event(), threading.Event()

        async def load_for_ever(_: float) -> None:
            started.set()
            try:
                await asyncio.Event().wait()
            finally:
                aborted.set()

        server = Emulator(
            [installed("slow", 1000)], machine=Machine(load_rate=1), sleep=load_for_ever
        )
        monkeypatch.setenv("OLLAMA_HOST", serve(server))
        with Piped("load", "slow") as process:
            assert started.wait(20)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate()

        assert (process.returncode, out) == (130, "")
        assert err == "Loading slow:latest; Ctrl-C aborts it.\n"
        assert aborted.wait(20)
        assert loaded(server) == {}


class TestUnload:
    def test_each_is_told_with_the_memory_that_it_had(self, server: Emulator, run: Run) -> None:
        run("load", "gemma3")
        run("load", "qwen3:8b")

        done = run("unload", "gemma3", "qwen3:8b")

        assert (done.code, done.out) == (0, "")
        assert "Unloading gemma3:latest: 3.2 GiB will be free." in done.err
        assert loaded(server) == {}

    def test_a_model_that_is_named_twice_is_unloaded_once(self, server: Emulator, run: Run) -> None:
        run("load", "gemma3")

        done = run("unload", "gemma3", "GEMMA3:latest")

        assert done.code == 0
        assert done.err.count("Unloading gemma3:latest") == 1

    def test_all_unloads_whatever_is_loaded(self, server: Emulator, run: Run) -> None:
        run("load", "gemma3")
        run("load", "qwen3:8b")

        done = run("unload", "--all", "--json", "--quiet")

        assert (done.code, done.err) == (0, "")
        told = [json.loads(line) for line in done.out.splitlines()]
        assert [one["name"] for one in told] == ["gemma3:latest", "qwen3:8b"]
        assert all(one["unloaded"] and one["size_bytes"] for one in told)
        assert loaded(server) == {}

    def test_all_of_nothing_is_said_and_no_failure(self, server: Emulator, run: Run) -> None:
        done = run("unload", "--all")

        assert (done.code, done.err) == (0, "No model is loaded.\n")

    def test_one_that_is_not_loaded_is_4_and_nothing_is_sent(
        self, server: Emulator, run: Run
    ) -> None:
        failed = run("unload", "gemma3", "--quiet")

        assert failed.code == 4
        assert "No model gemma3 is loaded" in failed.err
        assert sent(server) == []

    def test_some_that_are_not_loaded_are_1(self, server: Emulator, run: Run) -> None:
        run("load", "gemma3")

        failed = run("unload", "qwen3:8b", "gemma3")

        assert failed.code == 1
        assert loaded(server) == {}

    @pytest.mark.parametrize("arguments", [(), ("gemma3", "--all")])
    def test_names_or_all_is_wanted(
        self, server: Emulator, run: Run, arguments: tuple[str, ...]
    ) -> None:
        assert run("unload", *arguments).code == 2

    @pytest.mark.usefixtures("no_server")
    def test_a_server_that_is_down_is_3(self, run: Run) -> None:
        assert run("unload", "--all").code == 3
        assert run("unload", "gemma3", "qwen3:8b").code == 3


class TestKeep:
    @pytest.mark.parametrize(
        ("time", "words"),
        [
            ("1h30m", "gemma3:latest stays loaded for 1h30m after each use\n"),
            ("300", "gemma3:latest stays loaded for 300 s after each use\n"),
            ("forever", "gemma3:latest stays loaded for ever\n"),
            ("-1", "gemma3:latest stays loaded for ever\n"),
        ],
    )
    def test_the_time_is_told_as_it_was_asked_for_and_nothing_is_reloaded(
        self, server: Emulator, run: Run, time: str, words: str
    ) -> None:
        run("load", "gemma3", "--ctx", "1024")

        done = run("keep", "gemma3", time)

        assert (done.code, done.err) == (0, words)
        assert loaded(server) == {"gemma3:latest": 1024}

    def test_json_has_every_field(self, server: Emulator, run: Run) -> None:
        run("load", "gemma3")

        for time, seconds in (("1h", 3600), ("forever", None)):
            told = json.loads(run("keep", "gemma3", time, "--json").out)
            assert told == {"version": 1, "name": "gemma3:latest", "keep_alive_seconds": seconds}

    def test_quiet_says_nothing(self, server: Emulator, run: Run) -> None:
        run("load", "gemma3")

        assert run("keep", "gemma3", "1h", "-q").err == ""

    def test_no_time_unloads_it(self, server: Emulator, run: Run) -> None:
        run("load", "gemma3")

        done = run("keep", "gemma3", "0")

        assert done.code == 0
        assert "Unloading gemma3:latest" in done.err
        assert loaded(server) == {}

    def test_what_is_not_loaded_is_4_and_nothing_is_sent(self, server: Emulator, run: Run) -> None:
        failed = run("keep", "gemma3", "1h")

        assert failed.code == 4
        assert "No model gemma3 is loaded. `ollama-tui ps` lists them" in failed.err
        assert sent(server) == []

    def test_no_time_at_all_is_2(self, server: Emulator, run: Run) -> None:
        assert run("keep", "gemma3", "soon").code == 2
        assert not server.requests

    def test_one_that_was_deleted_meanwhile_is_told(self, server: Emulator, run: Run) -> None:
        run("load", "gemma3")
        server.store.remove(parse_name("gemma3"))

        failed = run("keep", "gemma3", "1h")

        assert failed.code == 4
        assert "gemma3:latest is loaded, but not installed any more" in failed.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("load", "gemma3"),
        ("load", "absent"),
        ("unload", "gemma3"),
        ("unload", "--all"),
        ("keep", "gemma3", "1h"),
        ("keep", "gemma3", "0"),
    ],
)
def test_read_only_mode_refuses_each_and_only_looks(
    server: Emulator, run: Run, arguments: tuple[str, ...]
) -> None:
    refused = run("--readonly", *arguments)

    assert (refused.code, refused.out) == (5, "")
    assert "Read-only mode" in refused.err
    assert sent(server) == []
