"""`fit`: how much memory a model would take, and whether that is free."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ollama_tui.core.gpus import Reading
from ollama_tui.core.gpus.machine import MachineGpus
from ollama_tui.core.start_log import StartLog
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.library import demo_emulator
from ollama_tui.demo.store import installed
from ollama_tui.demo.wire import Answer, json_answer
from tests.cli.conftest import Outcome, Run
from tests.emulators import Serve

FIELDS = [
    "version", "model", "ctx", "kv", "parallel", "weights_bytes", "kv_bytes", "recurrent_bytes",
    "compute_bytes", "overhead_bytes", "total_bytes", "source", "vram_bytes", "verdict",
    "max_ctx", "evicts", "notes",
]  # fmt: skip
GIB = 2**30


@pytest.fixture
def emulator() -> Emulator:
    return demo_emulator()


@pytest.fixture(autouse=True)
def _no_gpu_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MachineGpus, "read", lambda self: Reading())
    monkeypatch.setattr("ollama_tui.core.start_log.start_log_of", lambda url: StartLog())


def _log(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """Let the server's log say so of its start."""
    log = StartLog(lambda: ('msg="server config" env="map[OLLAMA_DEBUG:INFO]"', *lines))
    monkeypatch.setattr("ollama_tui.core.start_log.start_log_of", lambda url: log)


def _json(done: Outcome) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(done.out)
    return told


def _shows(server: Emulator) -> int:
    return sum(request.path == "/api/show" for request in server.requests)


def test_json_has_every_field(server: Emulator, run: Run) -> None:
    done = run("fit", "llama3.1:8b", "--ctx", "8192", "--vram", "24", "--json")

    told = _json(done)
    assert (done.code, list(told)) == (0, FIELDS)
    assert (told["version"], told["model"], told["ctx"]) == (1, "llama3.1:8b", 8192)
    assert (told["kv"], told["parallel"], told["kv_bytes"]) == ("f16", 1, GIB)
    parts = ("weights", "kv", "recurrent", "compute", "overhead")
    assert told["total_bytes"] == sum(told[f"{part}_bytes"] for part in parts)
    assert (told["source"], told["vram_bytes"]) == ("estimate", 24 * GIB)
    assert (told["verdict"], told["max_ctx"]) == ("fits", 131072)
    assert (told["evicts"], told["notes"]) == ([], [])


def test_without_knowing_the_video_memory_there_is_no_verdict(server: Emulator, run: Run) -> None:
    done = run("fit", "llama3.1:8b", "--json")

    told = _json(done)
    assert (done.code, told["verdict"], told["vram_bytes"], told["max_ctx"]) == (
        0,
        None,
        None,
        None,
    )
    assert any("video memory" in note for note in told["notes"])
    assert any("4096 is taken" in note for note in told["notes"])
    # There is no GPU that a driver would take memory of.
    assert told["overhead_bytes"] == 0


def test_the_context_is_the_one_that_the_servers_log_tells(
    server: Emulator, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    _log(monkeypatch, 'msg="vram-based default context" total_vram="0 B" default_num_ctx=32768')

    told = _json(run("fit", "llama3.1:8b", "--json"))
    assert (told["ctx"], told["notes"]) == (
        32768,
        ["how much video memory is free is not known here"],
    )
    assert _json(run("fit", "llama3.1:8b", "--ctx", "8192", "--json"))["ctx"] == 8192


def test_what_is_set_counts_on_other_gpus_too_and_what_follows_from_its_own_does_not(
    server: Emulator, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_memory = 'msg="vram-based default context" total_vram="0 B" default_num_ctx=32768'
    _log(monkeypatch, by_memory)
    assert _json(run("fit", "llama3.1:8b", "--vram", "24", "--json"))["ctx"] == 4096

    _log(monkeypatch, 'msg="server config" env="map[OLLAMA_CONTEXT_LENGTH:16384]"', by_memory)
    assert _json(run("fit", "llama3.1:8b", "--vram", "24", "--json"))["ctx"] == 16384


@pytest.mark.parametrize(
    ("vram", "verdict", "code"), [("24", "fits", 0), ("6", "tight", 1), ("3", "spills", 1)]
)
def test_check_ends_with_1_unless_it_fits(
    server: Emulator, run: Run, vram: str, verdict: str, code: int
) -> None:
    told = run("fit", "llama3.1:8b", "--vram", vram, "--json")
    checked = run("fit", "llama3.1:8b", "--vram", vram, "--check")

    assert (told.code, _json(told)["verdict"]) == (0, verdict)
    assert checked.code == code
    assert verdict in checked.out


def test_no_less_than_nothing_can_be_free(run: Run) -> None:
    refused = run("--demo", "fit", "llama3.1:8b", "--vram", "-1")

    assert refused.code == 2
    assert "-1 GiB of video memory cannot be. Write a number above 0" in refused.err


def test_what_is_free_is_read_off_the_gpus(run: Run) -> None:
    told = _json(run("fit", "smollm2:135m", "--demo", "--json"))

    assert told["verdict"] == "fits"
    assert told["vram_bytes"] == _json(run("gpu", "--demo", "--json"))["free_bytes"]


def test_check_without_a_verdict_ends_with_1(server: Emulator, run: Run) -> None:
    assert run("fit", "llama3.1:8b", "--check").code == 1


def test_quantised_caches_and_slots_count(server: Emulator, run: Run) -> None:
    told = _json(
        run("fit", "llama3.1:8b", "--ctx", "8192", "--kv", "q8_0", "--parallel", "2", "--json")
    )

    assert told["kv_bytes"] == 2 * GIB * 34 // 64


def test_text_is_a_line_for_each_part_and_a_sentence_for_each_doubt(
    server: Emulator, run: Run
) -> None:
    done = run("fit", "gemma3:4b", "--vram", "24")

    lines = [line.split() for line in done.out.splitlines()]
    assert lines[0] == ["gemma3:4b", "fits"]
    assert lines[1] == ["total", "3.9", "GiB", "estimate"]
    parts = [(float(cells[1]), cells[2]) for cells in lines[2:6]]
    assert {unit for _, unit in parts} == {"GiB"}
    assert round(sum(size for size, _ in parts), 1) == 3.9
    assert "up to 131072 tokens fit" in done.out
    assert "It reads images or sounds: what those take is not counted." in done.out


@pytest.mark.parametrize(("vram", "goes"), [("60", "would go"), ("76", "may have to go")])
def test_those_that_would_have_to_go_are_named(
    server: Emulator, run: Run, vram: str, goes: str
) -> None:
    server.faults["/api/version"] = Fault(answer=json_answer({"version": "0.24.0"}))

    told = run("fit", "mixtral:8x22b", "--vram", vram)

    assert f"gemma3:27b {goes} for it." in told.out


def test_since_0_30_one_goes_where_less_than_a_fifth_would_stay_free(
    server: Emulator, run: Run
) -> None:
    tells = {vram: run("fit", "mixtral:8x22b", "--vram", vram).out for vram in ("90", "96")}

    assert all(" fits\n" in told for told in tells.values())
    assert "gemma3:27b would go for it." in tells["90"]
    assert "would go" not in tells["96"]


def test_how_the_server_keeps_the_context_is_read_in_its_log(
    server: Emulator, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = "map[OLLAMA_KV_CACHE_TYPE:q8_0 OLLAMA_NUM_PARALLEL:4]"
    log = StartLog(lambda: (f'msg="server config" env="{env}"',))
    monkeypatch.setattr("ollama_tui.core.start_log.start_log_of", lambda url: log)

    told = _json(run("fit", "llama3.1:8b", "--ctx", "8192", "--json"))
    asked = _json(run("fit", "llama3.1:8b", "--ctx", "8192", "--kv", "f16", "--json"))

    assert (told["kv"], told["parallel"], asked["kv"]) == ("q8_0", 4, "f16")
    assert told["kv_bytes"] == 4 * GIB * 34 // 64


def test_what_is_said_to_be_free_is_not_added_to(server: Emulator, run: Run) -> None:
    told = _json(run("fit", "gemma3:27b", "--vram", "4", "--json"))

    assert told["vram_bytes"] == 4 * GIB


def test_a_server_is_asked_once(server: Emulator, run: Run) -> None:
    run("fit", "llama3.1:8b")
    run("fit", "llama3.1:8b", "--ctx", "1024")

    assert _shows(server) == 1


def test_a_cloud_model_takes_nothing_and_is_not_asked_about(server: Emulator, run: Run) -> None:
    done = run("fit", "qwen3-coder:480b-cloud")

    assert (done.code, _shows(server)) == (0, 0)
    assert "It runs in the cloud: it takes no memory here." in done.out


def test_what_a_load_took_is_known_afterwards(server: Emulator, run: Run) -> None:
    loaded = _json(run("load", "phi4:14b", "--ctx", "2048", "--json"))

    told = _json(run("fit", "phi4:14b", "--ctx", "2048", "--vram", "24", "--json"))

    assert told["source"] == "measured"
    assert told["total_bytes"] == loaded["size_bytes"] + 457 * 2**20
    text = run("fit", "phi4:14b", "--ctx", "2048", "--vram", "24").out
    assert "seen when it was loaded, the estimate was" in text


def test_what_an_old_server_tells_of_a_load_is_not_believed(
    serve: Serve, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Emulator([installed("phi4:14b", 9_000_000_000)], version="0.24.0")
    monkeypatch.setenv("OLLAMA_HOST", serve(old))
    run("load", "phi4:14b", "--ctx", "2048")

    assert _json(run("fit", "phi4:14b", "--ctx", "2048", "--json"))["source"] == "estimate"


def test_a_server_without_ps_tells_a_fit_all_the_same(server: Emulator, run: Run) -> None:
    server.faults["/api/ps"] = Fault(answer=Answer(404, (), b"404 page not found"))

    assert run("fit", "llama3.1:8b", "--vram", "24", "--check").code == 0


@pytest.mark.parametrize(
    "words",
    [("--ctx", "0"), ("--parallel", "-1"), ("--vram", "nan"), ("--vram", "0"), ("--kv", "q5_1")],
)
def test_what_cannot_be_is_wrong_usage(run: Run, words: tuple[str, ...]) -> None:
    assert run("fit", "llama3.1:8b", *words).code == 2


def test_no_such_model_gives_4(server: Emulator, run: Run) -> None:
    assert run("fit", "nosuch").code == 4


@pytest.mark.usefixtures("no_server")
def test_a_server_that_is_down_gives_3(run: Run) -> None:
    assert run("fit", "llama3.1:8b").code == 3
