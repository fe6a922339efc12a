"""`gpu` in line mode."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ollama_tui.core.gpus import Gpu, Reading
from ollama_tui.core.gpus.machine import MachineGpus
from ollama_tui.core.occupancies import Sources
from ollama_tui.demo.emulator import Emulator
from tests.cli.conftest import Run
from tests.cli.test_listing import loaded
from tests.core.gpus.stub import COMPILER, built, environment
from tests.forking import Piped
from tests.terminals import on_a_terminal

PROGRAM = (sys.executable, "-m", "ollama_tui")


def test_each_gpu_is_told_with_who_holds_it(run: Run) -> None:
    printed = run("--demo", "gpu")

    lines = printed.out.splitlines()
    assert printed.code == 0
    assert lines[1].startswith("0 NVIDIA GeForce RTX 4090")
    assert "22.8 of 24.0 GiB" in lines[1]
    assert [line.split("  ")[1] for line in lines[2:7]] == [
        "gemma3:27b", "nomic-embed-text:latest", "python · bob · pid 4121", "Ollama itself", "free"
    ]  # fmt: skip


def test_json_tells_all_of_it_in_bytes(run: Run) -> None:
    told = json.loads(run("--demo", "gpu", "--json").out)

    first, second = told["gpus"]
    assert told["version"] == 1
    assert (first["total_bytes"], first["power_limit_watts"]) == (24 * 2**30, 450)
    assert first["holders"][0] == {
        "kind": "model", "name": "gemma3:27b", "bytes": 21550205776, "user": None,
        "pid": first["holders"][0]["pid"], "source": "measured",
    }  # fmt: skip
    assert sum(one["bytes"] for one in second["holders"]) == second["total_bytes"]
    assert told["free_bytes"] == first["free_bytes"] + second["free_bytes"]
    assert (told["why"], told["elsewhere"], told["unplaced"]) == (None, None, [])


def test_a_model_whose_runner_died_holds_nothing(
    run: Run, server: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = Gpu(0, total=24 * 2**30, used=0, free=24 * 2**30)
    monkeypatch.setattr(MachineGpus, "read", lambda self: Reading((card,)))
    server.runners.put([loaded("qwen3:8b", 1)])
    before = run("gpu").out
    gone = Sources(servers=lambda url: frozenset({20}), runners=lambda: ())
    monkeypatch.setattr("ollama_tui.core.occupancies.sources_of", lambda service: gone)

    after = run("gpu").out

    assert "qwen3:8b (as reported)" in before
    assert "qwen3:8b" not in after


def test_in_ascii_its_signs_are_plain(run: Run) -> None:
    assert run("--demo", "--ascii", "gpu").out.isascii()


def test_without_a_gpu_it_says_so(
    run: Run, server: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MachineGpus, "read", lambda self: Reading())

    printed = run("gpu")

    assert (printed.code, printed.out) == (0, "")
    assert printed.err == "No GPU is seen on this machine.\n"


def test_what_hides_the_gpus_is_said_once_and_without_any_the_watch_ends(
    run: Run, server: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings = iter((Reading(why="no driver"), Reading(why="no driver"), Reading()))
    monkeypatch.setattr(MachineGpus, "read", lambda self: next(readings))
    monkeypatch.setattr("ollama_tui.cli.gpus._WATCHED_EVERY", 0)

    watched = run("gpu", "--watch")

    assert watched.err == "no driver\nNo GPU is seen on this machine.\n"


def test_a_server_elsewhere_is_not_asked_about_gpus_here(run: Run) -> None:
    printed = run("--host", "gpu-box.invalid", "gpu")

    assert (printed.code, printed.out) == (1, "")
    assert printed.err == "ollama-tui: GPUs are read on the server's machine only\n"


def test_a_driver_that_hangs_is_told(
    run: Run, monkeypatch: pytest.MonkeyPatch, server: Emulator
) -> None:
    hangs = threading.Event()
    monkeypatch.setattr("ollama_tui.cli.gpus._PATIENCE", 0.05)
    monkeypatch.setattr(MachineGpus, "read", lambda self: hangs.wait(20) and Reading())

    printed = run("gpu")
    hangs.set()

    assert printed.code == 1
    assert "does not answer" in printed.err


class TestWithADriversLibrary:
    @pytest.fixture
    def library(self, tmp_path: Path) -> Path:
        if COMPILER is None:
            pytest.skip("there is no C compiler")
        return built(tmp_path)

    def test_a_server_that_is_down_costs_the_models_alone(self, library: Path) -> None:
        told = subprocess.run(
            [*PROGRAM, "--host", "127.0.0.1:1", "gpu"],
            env=environment(library), capture_output=True, text=True, timeout=60,
        )  # fmt: skip

        assert told.returncode == 1
        assert "What is loaded is unknown" in told.stderr
        assert (
            "0 NVIDIA GeForce RTX 4090  21.5 of 24.0 GiB  63 %  71 °C  287 of 450 W" in told.stdout
        )
        assert "driver, or unseen" in told.stdout


class TestWatching:
    def test_elsewhere_than_on_a_terminal_it_prints_again_until_interrupted(self) -> None:
        with Piped("--demo", "gpu", "--watch", "--json") as program:
            first, second = (json.loads(program.stdout.readline()) for _ in range(2))
            program.send_signal(signal.SIGINT)
            program.communicate()

        assert [len(one["gpus"]) for one in (first, second)] == [2, 2]
        assert program.returncode == 130

    def test_on_a_terminal_it_draws_over_what_was_there_also_if_that_tells_no_size(self) -> None:
        with on_a_terminal("--demo", "gpu", "--watch", size=(0, 0)) as terminal:
            terminal.shows("\x1b[11A\x1b[J")
            terminal.write(b"\x03")

            assert terminal.ended() == 130
