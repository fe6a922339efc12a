"""Whether what computes for a server is where the server looks for it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from ollama_tui.core.doctor import Finding, Outcome
from ollama_tui.core.doctor.engine import check, engine_of
from ollama_tui.core.doctor.evidence import Answer, Engine
from ollama_tui.core.listeners import Listener
from ollama_tui.core.server_log import ServerLog
from tests.core.doctor.evidences import ANSWER, ELSEWHERE, MACHINE
from tests.core.test_server_start import CONFIG

_HELD = (Listener("127.0.0.1", 0, 42, "ollama"),)
_MISSED = (
    'msg="failed" error="error starting llama-server: llama-server binary not found (checked)"'
)


def told(engine: Engine, answer: Answer = ANSWER) -> Finding:
    (finding,) = check(replace(MACHINE, engine=engine), answer)
    return finding


def program(tmp_path: Path, *parts: str) -> Path:
    """The folder of a server's program, with `llama-server` in these folders beside it."""
    process = tmp_path / "proc" / "42"
    process.mkdir(parents=True)
    folder = tmp_path / "opt[1]" / "bin"
    folder.mkdir(parents=True)
    os.symlink(folder / "ollama", process / "exe")
    for part in parts:
        (folder / part).mkdir(parents=True)
        (folder / part / "llama-server").touch()
    return folder


@pytest.mark.parametrize(
    "part", ["../lib/ollama", "build/lib/ollama", "dist/linux-arm64/lib/ollama"]
)
def test_it_is_found_where_packages_and_builds_put_it(tmp_path: Path, part: str) -> None:
    folder = program(tmp_path, part)

    engine = engine_of(_HELD, ServerLog(), tmp_path / "proc")

    assert engine.path == os.path.normpath(f"{folder}/{part}/llama-server")
    assert told(engine).outcome is Outcome.OK


def test_where_it_is_missing_no_model_loads(tmp_path: Path) -> None:
    program(tmp_path)

    finding = told(engine_of(_HELD, ServerLog(), tmp_path / "proc"))

    assert finding.outcome is Outcome.FAULT
    assert f"not in {tmp_path}/opt[1]/lib/ollama" in finding.sentence
    assert "Install Ollama anew" in finding.next_step


def test_one_that_runs_is_there_wherever_it_was_found(tmp_path: Path) -> None:
    program(tmp_path)
    runner = tmp_path / "proc" / "43"
    runner.mkdir()
    (tmp_path / "proc" / "stat").write_text("btime 1790000000\n")
    (runner / "cmdline").write_text("/nix/llama-server\0--model\0m\0")
    (runner / "stat").write_text(f"43 (llama-server) S 42 {'0 ' * 30}")

    assert engine_of(_HELD, ServerLog(), tmp_path / "proc").path == "/nix/llama-server"


@pytest.mark.parametrize(
    ("lines", "outcome"),
    [
        ((CONFIG, _MISSED), Outcome.FAULT),
        ((_MISSED, CONFIG), Outcome.UNKNOWN),
        ((CONFIG,), Outcome.UNKNOWN),
    ],
    ids=["since its start", "before", "never"],
)
def test_where_its_process_is_closed_its_log_tells(
    tmp_path: Path, lines: tuple[str, ...], outcome: Outcome
) -> None:
    closed = (Listener("127.0.0.1", 998),)

    engine = engine_of(closed, ServerLog("log", newest=lines), tmp_path)

    assert told(engine).outcome is outcome


def test_an_older_server_needs_none() -> None:
    assert told(Engine(looked_in=("/lib",)), Answer("0.24.0")).outcome is Outcome.OK


def test_that_of_a_server_elsewhere_is_not_looked_for() -> None:
    (finding,) = check(ELSEWHERE, ANSWER)

    assert finding.outcome is Outcome.UNKNOWN
