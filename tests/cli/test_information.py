from __future__ import annotations

import json
from pathlib import Path

import pytest

from ollama_tui import __version__
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.wire import Answer
from tests.cli.conftest import Run


def test_versions_and_paths_are_printed(server: Emulator, run: Run, state_folder: Path) -> None:
    told = run("info")

    assert (told.code, told.err) == (0, "")
    assert f"ollama-tui  {__version__}" in told.out
    assert "Ollama 0.32.15" in told.out
    assert str(state_folder) in told.out


def test_json_has_every_field(server: Emulator, run: Run, state_folder: Path) -> None:
    told = json.loads(run("info", "--json").out)

    assert told["version"] == 1
    assert told["program_version"] == __version__
    assert told["server_version"] == "0.32.15"
    assert (told["alive"], told["failure"]) == (True, None)
    assert told["paths"]["state"] == str(state_folder)
    assert set(told["paths"]) == {"config", "state", "cache", "log"}


@pytest.mark.usefixtures("no_server")
def test_a_server_that_is_down_gives_3_and_the_rest_all_the_same(run: Run) -> None:
    told = run("info")

    assert told.code == 3
    assert f"ollama-tui  {__version__}" in told.out
    assert "Connection refused" in told.err


def test_an_old_server_tells_its_version(server: Emulator, run: Run) -> None:
    server.faults["/api/ps"] = Fault(answer=Answer(404, (), b"404 page not found"))

    told = run("info")

    assert told.code == 1
    assert "Ollama 0.32.15, not alive" in told.out
    assert "Update Ollama" in told.err


def test_a_password_in_the_address_is_never_printed(run: Run) -> None:
    told = run("info", "--host", "http://me:s3cret@127.0.0.1:1", "--log-level", "debug")

    assert "127.0.0.1:1" in told.out
    assert "s3cret" not in told.out + told.err
