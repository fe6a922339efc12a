"""Runners, read from the command lines of this machine's processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ollama_tui.core.runners import runners
from tests.core.processes import (
    BOOTED,
    MODELS,
    MadeProcesses,
    blob,
    runner_of_now,
    runner_of_old,
)


@pytest.fixture
def made(tmp_path: Path) -> MadeProcesses:
    return MadeProcesses(tmp_path / "proc")


def test_a_runner_of_now_tells_its_model_context_slots_and_kv_type(made: MadeProcesses) -> None:
    types = ("--cache-type-k", "q8_0", "--cache-type-v", "q4_0")
    made.add(77, *runner_of_now("a", *types, "-ngl", "12", context=8192, slots=4), parent=5)

    (runner,) = runners(made.folder) or ()

    assert (runner.pid, runner.parent, runner.digest) == (77, 5, "a" * 64)
    assert (runner.context, runner.slots, runner.kv_types) == (8192, 4, ("q8_0", "q4_0"))
    assert (runner.gpu_layers, runner.folder) == (12, Path(MODELS))


def test_without_a_word_on_the_kv_cache_it_is_f16(made: MadeProcesses) -> None:
    made.add(77, *runner_of_now("a"))

    (runner,) = runners(made.folder) or ()

    assert runner.kv_types == ("f16", "f16")


def test_it_tells_since_when_it_runs_what_it_holds_and_whose_it_is(made: MadeProcesses) -> None:
    made.add(77, *runner_of_now("a"))

    (runner,) = runners(made.folder) or ()

    assert runner.started == BOOTED + 100 / os.sysconf("SC_CLK_TCK")
    assert runner.resident == 100 * os.sysconf("SC_PAGE_SIZE")
    assert runner.user_id == os.getuid()
    assert runner.user


def test_what_somebody_writes_into_a_command_is_clean(made: MadeProcesses) -> None:
    made.add(77, "ollama", "runner", "--model", "\x1b]52;c;eA==\x07m\u202e", "--port", "\x1b[2J1")

    (runner,) = runners(made.folder) or ()

    assert (runner.model, runner.port) == ("]52;c;eA==m", "[2J1")


def test_a_runner_before_0_30_tells_its_model_alone(made: MadeProcesses) -> None:
    made.add(77, *runner_of_old("b"))

    (runner,) = runners(made.folder) or ()

    assert runner.digest == "b" * 64
    assert (runner.context, runner.slots, runner.kv_types) == (None, None, None)


def test_the_mlx_engine_names_the_model_instead(made: MadeProcesses) -> None:
    made.add(
        77, "/usr/bin/ollama", "runner", "--mlx-engine", "--model", "gpt-oss:20b", "--port", "1"
    )

    (runner,) = runners(made.folder) or ()

    assert (runner.model, runner.digest, runner.folder) == ("gpt-oss:20b", "", None)


@pytest.mark.parametrize(
    "command",
    [
        ("/usr/bin/ollama", "serve"),
        ("/usr/bin/ollama", "run", "--model", blob("a")),
        ("vim", "runner", "--model", blob("a")),
        ("/usr/bin/ollama", "runner", "--model"),
        ("/usr/bin/llama-server", "--version"),
    ],
)
def test_other_processes_are_no_runners(made: MadeProcesses, command: tuple[str, ...]) -> None:
    made.add(77, *command)

    assert runners(made.folder) == ()


def test_processes_that_end_or_are_hidden_are_passed_over(made: MadeProcesses) -> None:
    (made.folder / "5").mkdir()
    (made.add(6, *runner_of_now("a")) / "stat").unlink()
    made.add(7, *runner_of_now("a"), state="Z")
    made.add(8)
    made.add(9, *runner_of_now("c"))

    assert [runner.pid for runner in runners(made.folder) or ()] == [9]


def test_where_there_is_no_list_of_processes_nothing_is_known(tmp_path: Path) -> None:
    assert runners(tmp_path / "none") is None


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="this system has no /proc")
def test_a_genuine_process_of_that_command_line_is_found() -> None:
    digest = f"{os.getpid():064x}"
    file = f"{MODELS}/blobs/sha256-{digest}"
    waits = ["-c", "import sys; print(flush=True); sys.stdin.read()"]
    command = ["llama-server", *waits, "--model", file, "-c", "8192", "-np", "2"]
    with subprocess.Popen(
        command, executable=sys.executable, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()

        found = [runner for runner in runners() or () if runner.digest == digest]

        process.communicate(b"")
    assert [runner.pid for runner in found] == [process.pid]
    assert found[0].parent == os.getpid()
    assert abs(found[0].started - time.time()) < 60
    assert found[0].resident > 0
