from __future__ import annotations

import json

import pytest

from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.wire import Answer
from tests.cli.conftest import Run


def test_it_tells_server_version_loaded_and_current(server: Emulator, run: Run) -> None:
    run("load", "qwen3:8b")
    run("use", "gemma3")

    told = run("status")

    assert (told.code, told.err) == (0, "")
    lines = [line.split(maxsplit=1) for line in told.out.splitlines()]
    assert [line[0] for line in lines] == ["server", "version", "loaded", "current"]
    assert [line[1] for line in lines[1:]] == ["0.32.15", "qwen3:8b", "gemma3:latest"]


def test_it_prints_as_many_lines_as_its_help_says(
    server: Emulator, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = len(run("status").out.splitlines())
    with pytest.raises(SystemExit):
        run("status", "--help")

    assert "four lines" in capsys.readouterr().out
    assert lines == 4


def test_nothing_loaded_and_none_chosen_is_said(server: Emulator, run: Run) -> None:
    told = run("status")

    assert "loaded   nothing" in told.out
    assert "current  none chosen" in told.out


def test_json_has_every_field(server: Emulator, run: Run) -> None:
    told = json.loads(run("status", "--json").out)

    assert told.pop("server").startswith("http://127.0.0.1:")
    assert told == {
        "version": 1,
        "alive": True,
        "server_version": "0.32.15",
        "loaded": [],
        "current": None,
        "current_installed": None,
        "failure": None,
    }


def test_a_current_model_that_is_gone_is_marked(server: Emulator, run: Run) -> None:
    run("use", "gemma3")
    assert json.loads(run("status", "--json").out)["current_installed"] is True

    run("rm", "gemma3", "--yes")

    assert "current  gemma3:latest (not installed any more)" in run("status").out
    told = json.loads(run("status", "--json").out)
    assert (told["current"], told["current_installed"]) == ("gemma3:latest", False)


@pytest.mark.usefixtures("no_server")
def test_a_server_that_is_down_gives_3_and_the_reason(run: Run) -> None:
    told = run("status", "--quiet")

    assert told.code == 3
    assert "version  —" in told.out
    assert "Connection refused" in told.err


@pytest.mark.usefixtures("no_server")
def test_json_of_a_server_that_is_down_has_the_reason(run: Run) -> None:
    told = run("status", "--json")

    assert told.code == 3
    assert json.loads(told.out)["alive"] is False
    assert "Connection refused" in json.loads(told.out)["failure"]


def test_a_server_without_ps_tells_its_version(server: Emulator, run: Run) -> None:
    server.faults["/api/ps"] = Fault(answer=Answer(404, (), b"404 page not found"))

    told = run("status")

    assert told.code == 1
    assert "version  0.32.15" in told.out
    assert "Update Ollama" in told.err


def test_it_sends_nothing_that_changes_the_server(server: Emulator, run: Run) -> None:
    assert run("status", "--readonly").code == 0

    assert {request.method for request in server.requests} == {"GET"}


@pytest.mark.usefixtures("no_server")
def test_what_is_loaded_on_a_server_that_is_down_is_unknown(run: Run) -> None:
    assert json.loads(run("status", "--json").out)["loaded"] is None


def test_what_is_loaded_is_asked_once(server: Emulator, run: Run) -> None:
    run("status", "--json")

    assert sum(request.path == "/api/ps" for request in server.requests) == 1


@pytest.mark.parametrize("command", ["status", "info"])
def test_a_server_that_does_not_tell_its_version_is_alive_if_ps_answers(
    server: Emulator, run: Run, command: str
) -> None:
    server.faults["/api/version"] = Fault(answer=Answer(404, (), b"404 page not found"))

    told = run(command, "--json")

    assert told.code == 0
    assert json.loads(told.out)["alive"] is True
    assert json.loads(told.out)["server_version"] is None
