"""`why`: the causes in words and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ollama_tui.core.gpus import Gpu, Reading
from ollama_tui.core.occupancies import Sources
from ollama_tui.core.start_log import StartLog
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.library import demo_emulator
from tests.cli.conftest import Run
from tests.cli.test_listing import loaded
from tests.emulators import Serve

_NO_GPU = (
    'level=INFO msg="server config" env="map[OLLAMA_CONTEXT_LENGTH:0]"',
    'level=INFO msg="inference compute" id=cpu library=cpu name=cpu total="23.6 GiB"',
)


@pytest.fixture(autouse=True)
def _no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """The GPUs of the machine that runs the tests prove nothing."""
    unread = Reading(elsewhere="read on the server's machine only")
    monkeypatch.setattr("ollama_tui.core.gpus.machine.MachineGpus.read", lambda self: unread)


@pytest.fixture
def _no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    log = StartLog(lambda: _NO_GPU)
    monkeypatch.setattr("ollama_tui.core.start_log.start_log_of", lambda url: log)


@pytest.mark.usefixtures("_no_gpu")
def test_cause_and_remedy_are_told_of_each_model(server: Emulator, run: Run) -> None:
    server.runners.put([loaded("qwen3:8b", 0), loaded("gemma3:latest", 0)])

    told = run("why")

    assert (told.code, told.err) == (0, "")
    gemma, cause, qwen, _ = told.out.splitlines()
    assert gemma == "gemma3:latest: all of it runs on the CPU."
    assert qwen == "qwen3:8b: all of it runs on the CPU."
    assert cause == "  No GPU was seen by Ollama at its start. See `nvidia-smi` or `rocminfo`."


def test_another_model_in_the_way_is_named_with_what_unloads_it(server: Emulator, run: Run) -> None:
    server.runners.put([loaded("qwen3:8b", 0.5), loaded("gemma3:latest", 1)])

    told = run("why", "qwen3:8b")
    assert "gemma3:latest: it is all on GPUs." in run("why").out
    (model,) = json.loads(run("why", "qwen3:8b", "--json").out)["models"]

    assert "qwen3:8b: 4.0 GiB of 8.0 GiB are on the CPU." in told.out
    assert "gemma3:latest holds 8.0 GiB of GPU memory. Unload gemma3:latest." in told.out
    assert "`ollama-tui unload gemma3:latest`" in told.out
    (cause,) = model["causes"]
    assert (cause["cause"], cause["command"]) == ("memory held", "unload")
    assert (model["name"], model["gpu_share"], cause["model"]) == ("qwen3:8b", 0.5, "gemma3:latest")


def test_a_name_is_understood_as_elsewhere_and_written_for_a_shell(
    server: Emulator, run: Run
) -> None:
    server.runners.put([loaded("qwen3:8b", 0.5), loaded("a;b", 1)])

    told = run("why", "ollama run qwen3:8b")

    assert "`ollama-tui unload 'a;b'`" in told.out


def test_a_gone_runner_is_told_instead(
    server: Emulator, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = Sources(servers=lambda url: frozenset({20}), runners=lambda: ())
    monkeypatch.setattr("ollama_tui.core.occupancies.sources_of", lambda service: gone)
    server.runners.put([loaded("qwen3:8b", 0)])

    assert run("why").out == "qwen3:8b: its runner is gone; the next request loads it anew.\n"


def test_without_evidence_it_is_told_what_to_look_at(server: Emulator, run: Run) -> None:
    server.runners.put([loaded("qwen3:8b", 0)])

    assert "`ollama-tui why` reads its log" in run("why").out


def test_what_is_not_loaded_has_no_cause(server: Emulator, run: Run) -> None:
    assert run("why").err == "No model is loaded.\n"
    assert run("why", "qwen3:8b").code == 4


def test_the_driver_is_asked(server: Emulator, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    none = Reading(has_driver=True)
    monkeypatch.setattr("ollama_tui.core.gpus.machine.MachineGpus.read", lambda self: none)
    server.runners.put([loaded("qwen3:8b", 0)])

    assert "No GPU is seen by the driver" in run("why").out


def test_the_context_that_would_fit_is_told(
    serve: Serve, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = demo_emulator()
    monkeypatch.setenv("OLLAMA_HOST", serve(server))
    one = next(one for one in server.runners.loaded if one.name == "gemma3:27b")
    vram = one.size - 2**30
    server.runners.put([replace(one, size_vram=vram, context_length=131072)])
    card = Gpu(0, total=24 * 2**30, used=22 * 2**30, free=2 * 2**30)
    monkeypatch.setattr(
        "ollama_tui.core.gpus.machine.MachineGpus.read", lambda self: Reading((card,))
    )

    told = run("why", "gemma3:27b").out

    assert "context of 128k is larger than fits" in told
    assert "`ollama-tui load gemma3:27b --ctx " in told
