"""What a loaded model takes, beside what the server says, in line mode."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest

from ollama_tui.core.gpus import Gpu, GpuProcess, Reading
from ollama_tui.core.gpus.machine import MachineGpus
from ollama_tui.core.occupancies import Sources
from ollama_tui.core.runners import Runner
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.library import demo_emulator
from ollama_tui.demo.store import installed
from tests.cli.conftest import Run
from tests.cli.test_listing import loaded
from tests.core.engine_lines import RECORDED, SLIDING_WINDOWS
from tests.emulators import Serve

_LLAMA = "3d7315e10b5eac72166268e3c81a05669fafea53edd0646cb2853b3e1a0e57eb"
"""The weights of the recorded load of a llama."""


class TestMemory:
    def seen(
        self, monkeypatch: pytest.MonkeyPatch, *runners: Runner, lines: Sequence[str] = ()
    ) -> None:
        sources = Sources(
            servers=lambda url: frozenset({20}), runners=lambda: runners, log=lambda: lines
        )
        monkeypatch.setattr("ollama_tui.core.occupancies.sources_of", lambda service: sources)

    def test_what_the_engine_reserved_is_told_and_that_the_server_says_less(
        self, server: Emulator, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        runner = loaded("qwen3:8b", 0)
        server.runners.put([replace(runner, size=175 * 2**20)])
        digest = runner.key.removeprefix("sha256:")
        lines = [line.replace("a" * 64, digest) for line in SLIDING_WINDOWS]
        self.seen(monkeypatch, Runner(7, "m", digest, port="45123", parent=20), lines=lines)

        (row,) = json.loads(run("ps", "--json").out)["models"]
        listed = run("ps")

        assert (row["size_bytes"], row["memory_bytes"]) == (175 * 2**20, 431 * 2**20)
        assert (row["memory_source"], row["runner"]) == ("engine log", "running")
        assert "0.4 GiB" in listed.out
        assert "qwen3:8b: it takes 0.2 GiB more than the server says" in listed.err

    def test_what_the_engine_of_an_old_server_reserved_is_learned_of_what_is_loaded(
        self, serve: Serve, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        old = Emulator([installed("qwen3:8b", 5_000_000_000)], version="0.24.0")
        monkeypatch.setenv("OLLAMA_HOST", serve(old))
        run("load", "qwen3:8b", "--ctx", "4096")
        (runner,) = old.runners.loaded
        old.runners.put([replace(runner, size_vram=0)])
        digest = runner.key.removeprefix("sha256:")
        lines = [line.replace(_LLAMA, digest) for line in RECORDED]
        self.seen(monkeypatch, Runner(7, "m", digest, port="35477", parent=20), lines=lines)

        told = json.loads(run("fit", "qwen3:8b", "--ctx", "4096", "--json").out)
        old.runners.put(())
        again = json.loads(run("fit", "qwen3:8b", "--ctx", "4096", "--json").out)
        other = json.loads(run("fit", "qwen3:8b", "--ctx", "2048", "--json").out)

        assert (told["source"], told["total_bytes"]) == ("measured", 73557607)
        assert (again["source"], again["total_bytes"]) == ("measured", 73557607)
        assert other["source"] == "estimate"

    def test_ls_has_the_context_that_an_old_server_tells_by_show_alone_once_it_was_asked(
        self, serve: Serve, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        models = (one for one in demo_emulator().store.models if one.name.shown == "phi4:14b")
        old = Emulator(models, version="0.24.0")
        monkeypatch.setenv("OLLAMA_HOST", serve(old))

        before = json.loads(run("ls", "--json").out)["models"]
        asked = [request.path for request in old.requests]
        run("fit", "phi4:14b")
        after = json.loads(run("ls", "--json").out)["models"]

        assert (before[0]["context_length"], after[0]["context_length"]) == (None, 16384)
        assert "/api/show" not in asked

    def test_a_load_tells_what_the_engine_reserved_for_it(
        self, server: Emulator, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run("load", "qwen3:8b")
        (runner,) = server.runners.loaded
        server.runners.put([replace(runner, size=175 * 2**20)])
        digest = runner.key.removeprefix("sha256:")
        lines = [line.replace("a" * 64, digest) for line in SLIDING_WINDOWS]
        self.seen(monkeypatch, Runner(7, "m", digest, port="45123", parent=20), lines=lines)

        told = json.loads(run("load", "qwen3:8b", "--json").out)
        again = run("load", "qwen3:8b")

        assert (told["size_bytes"], told["memory_bytes"]) == (175 * 2**20, 431 * 2**20)
        assert (told["memory_source"], told["runner"]) == ("engine log", "running")
        assert "qwen3:8b is loaded: 0.4 GiB" in again.err

    def test_an_unload_tells_the_memory_that_ps_tells(
        self, server: Emulator, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        runner = replace(loaded("qwen3:8b", 0), size=175 * 2**20)
        digest = runner.key.removeprefix("sha256:")
        lines = [line.replace("a" * 64, digest) for line in SLIDING_WINDOWS]
        self.seen(monkeypatch, Runner(7, "m", digest, port="45123", parent=20), lines=lines)
        server.runners.put([runner])

        told = run("unload", "qwen3:8b")
        server.runners.put([runner])
        as_json = json.loads(run("unload", "qwen3:8b", "--json").out)

        assert told.err == "Unloading qwen3:8b: 0.4 GiB will be free.\n"
        assert (as_json["memory_bytes"], as_json["memory_source"]) == (431 * 2**20, "engine log")

    def test_what_the_driver_counts_for_its_runner_is_measured(
        self, server: Emulator, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        runner, asked = loaded("qwen3:8b", 1), list[str]()
        server.runners.put([runner])
        digest = runner.key.removeprefix("sha256:")
        self.seen(monkeypatch, Runner(7, "m", digest, port="45123", parent=20))
        held = GpuProcess("GPU-0", 7, 9 * 2**30, is_ollama=True)

        def read(_: MachineGpus) -> Reading:
            asked.append("driver")
            return Reading((Gpu(0, uuid="GPU-0"),), (held,))

        monkeypatch.setattr(MachineGpus, "read", read)

        (row,) = json.loads(run("ps", "--json").out)["models"]

        assert (row["memory_bytes"], row["memory_source"]) == (9 * 2**30, "measured")
        assert asked == ["driver"]

    def test_without_a_loaded_model_no_driver_is_asked(
        self, server: Emulator, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[MachineGpus] = []
        monkeypatch.setattr(MachineGpus, "read", asked.append)

        assert run("ps").code == 0
        assert asked == []

    def test_a_driver_that_hangs_delays_but_a_little(
        self, server: Emulator, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hangs, runner = threading.Event(), loaded("qwen3:8b", 1)
        server.runners.put([runner])
        self.seen(monkeypatch, Runner(7, "m", runner.key.removeprefix("sha256:"), parent=20))
        monkeypatch.setattr("ollama_tui.cli.beneath._PATIENCE", 0.05)
        monkeypatch.setattr(MachineGpus, "read", lambda self: hangs.wait(20) and Reading())

        (row,) = json.loads(run("ps", "--json").out)["models"]
        hangs.set()

        assert row["memory_source"] == "reported"

    def test_a_runner_that_died_is_gone_not_loaded(
        self, server: Emulator, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server.runners.put([loaded("qwen3:8b", 0)])
        self.seen(monkeypatch)

        (row,) = json.loads(run("ps", "--json").out)["models"]
        listed = run("ps")

        assert (row["runner"], row["memory_bytes"]) == ("gone", row["size_bytes"])
        assert listed.out.splitlines()[1].split()[-1] == "gone"
        assert "its runner is gone" in listed.err

    def test_of_sliding_windows_it_is_worked_out_what_the_engine_reserved(
        self, serve: Serve, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server = demo_emulator()
        monkeypatch.setenv("OLLAMA_HOST", serve(server))
        (windows,) = (one for one in server.runners.loaded if one.name == "gemma3:27b")
        server.runners.put([replace(windows, size=2**30)])

        first = json.loads(run("ps", "--json").out)["models"]
        asked = [request.path for request in server.requests].count("/api/show")
        again = json.loads(run("ps", "--json").out)["models"]

        (row,) = (one for one in first if one["name"] == "gemma3:27b")
        assert (row["memory_source"], row["size_bytes"]) == ("estimate", 2**30)
        assert row["memory_bytes"] > 16 * 2**30
        assert {one["memory_source"] for one in first if one is not row} == {"reported"}
        # What determines it is kept for the next time.
        assert again == first
        assert [request.path for request in server.requests].count("/api/show") == asked

    def test_where_no_process_is_seen_the_server_is_repeated(
        self, server: Emulator, run: Run
    ) -> None:
        server.runners.put([loaded("qwen3:8b", 0)])

        (row,) = json.loads(run("ps", "--json").out)["models"]

        assert (row["memory_source"], row["runner"]) == ("reported", None)
        assert row["memory_bytes"] == row["size_bytes"]
