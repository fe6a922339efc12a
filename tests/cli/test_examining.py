"""`doctor` in line mode."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from ollama_tui.cli import examining
from ollama_tui.core.gpus import Gpu, Reading
from ollama_tui.core.gpus.machine import MachineGpus
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.names import parse_name
from ollama_tui.demo.wire import Answer
from tests.cli.conftest import Run
from tests.cli.test_managing import sent


@pytest.fixture(autouse=True)
def _no_programs_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs that know of nothing, instead of those of the machine that runs the tests."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("systemctl", "journalctl", "docker", "tmux"):
        (folder / name).write_text("#!/bin/sh\necho nothing is known >&2\nexit 1\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setenv("USER", "ann")
    monkeypatch.setattr(MachineGpus, "read", lambda self: Reading())


class TestTheExitCode:
    def test_it_is_0_where_all_is_well(self, server: Emulator, run: Run) -> None:
        told = run("doctor")

        assert told.code == 0
        assert re.search(r"ok +server\.answers +Ollama answers at http://127", told.out)
        assert told.err.startswith("All is well; ")

    @pytest.mark.usefixtures("no_server")
    def test_it_is_1_where_the_server_is_down_and_that_comes_first(self, run: Run) -> None:
        told = run("doctor")

        assert told.code == 1
        first, second, *_ = told.out.splitlines()
        assert re.match(r"fault +server\.answers +Connection refused at http://127", first)
        assert second.strip().startswith("Start it with")
        assert told.err.startswith("1 fault; ")

    def test_it_is_1_for_a_warning(self, server: Emulator, run: Run) -> None:
        run("use", "gemma3")
        server.store.remove(parse_name("gemma3"))

        told = run("doctor")

        assert told.code == 1
        assert "is not installed" in told.out.splitlines()[0]

    def test_a_refused_host_name_is_told(self, server: Emulator, run: Run) -> None:
        server.faults["/api/version"] = Fault(answer=Answer(403, (), b""))

        assert re.search(r"fault +host\.name +The server answers 403", run("doctor").out)


@pytest.mark.usefixtures("server")
class TestTheGpus:
    def test_they_are_those_that_the_driver_sees(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reading = Reading((Gpu(0, "NVIDIA RTX 4090"),))
        monkeypatch.setattr(MachineGpus, "read", lambda self: reading)

        assert re.search(
            r"ok +gpus\.driver +The driver.* sees NVIDIA RTX 4090\.", run("doctor").out
        )

    def test_a_broken_driver_is_a_fault(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        reading = Reading(why="driver and library versions differ", is_broken=True)
        monkeypatch.setattr(MachineGpus, "read", lambda self: reading)

        told = run("doctor")

        assert told.code == 1
        assert re.search(r"fault +gpus\.driver +Driver and library versions differ", told.out)


class TestItsForms:
    def test_json_has_every_finding(self, server: Emulator, run: Run) -> None:
        told = json.loads(run("doctor", "--json").out)

        assert (told["version"], told["outcome"]) == (1, "ok")
        assert told["server"].startswith("http://127.0.0.1:")
        families = {finding["check"].partition(".")[0] for finding in told["findings"]}
        assert families >= {"server", "host", "engine", "folder", "gpus", "settings", "own"}
        assert told["findings"][0] == {
            "check": "server.answers",
            "outcome": "ok",
            "sentence": f"Ollama answers at {told['server']}.",
            "next_step": None,
        }

    @pytest.mark.usefixtures("no_server")
    def test_json_has_the_fault_first(self, run: Run) -> None:
        told = run("doctor", "--json")

        assert (told.code, told.err) == (1, "")
        assert json.loads(told.out)["outcome"] == "fault"
        assert json.loads(told.out)["findings"][0]["next_step"].startswith("Start it")

    def test_the_report_has_all_but_secrets_and_names(
        self, server: Emulator, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OLLAMA_API_KEY", "t0ps3cret")
        monkeypatch.setenv("HTTPS_PROXY", "http://ann:pw@proxy.corp.example:3128")

        told = run("doctor", "--report")

        assert told.code == 0
        assert "ollama-tui doctor" in told.out
        assert "Ollama: 0.32.15" in told.out
        assert "[ok] server.answers" in told.out
        for word in ("t0ps3cret", "pw@", "proxy.corp", str(tmp_path), " ann"):
            assert word not in told.out

    def test_report_and_json_do_not_go_together(self, run: Run) -> None:
        assert run("doctor", "--report", "--json").code == 2

    def test_quiet_prints_the_findings_alone(self, server: Emulator, run: Run) -> None:
        assert run("doctor", "-q").err == ""

    def test_the_demo_has_no_process_and_says_so(self, run: Run) -> None:
        told = run("--demo", "doctor")

        assert told.code == 0
        assert "unknown  engine " in told.out
        assert "it has no process, log or folder" in told.out


class TestSettingsThatAreWrong:
    def test_a_broken_config_file_is_a_finding(
        self, server: Emulator, run: Run, config_file: Path
    ) -> None:
        config_file.write_text("theme = \n")

        told = run("doctor")

        assert told.code == 1
        assert re.search(r"fault +own\.config .*config\.toml is not valid TOML", told.out)
        assert "Ollama answers" in told.out

    def test_so_is_a_wrong_variable(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OLLAMA_HOST", "http://a b")

        told = run("doctor")

        assert told.code == 1
        assert re.search(r"fault +own\.config +OLLAMA_HOST", told.out)

    def test_a_wrong_option_is_wrong_usage(self, run: Run) -> None:
        assert run("doctor", "--host", "a b").code == 2


def test_it_sends_nothing_that_changes_the_server(server: Emulator, run: Run) -> None:
    assert run("--readonly", "doctor").code == 0
    assert sent(server) == []


class TestTheProgress:
    async def test_it_says_what_is_waited_for_and_goes(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        from ollama_tui.core.doctor.evidence import Address, Evidence

        monkeypatch.setattr(examining, "terminal_width", lambda: 80)
        monkeypatch.setattr(examining, "_A_MOMENT", 0.0)

        with examining._progress(lambda: Evidence(Address("x"))) as draw:
            draw()

        told = capsys.readouterr().err
        assert "Looking at the server, this machine, the terminal and own files…" in told
        assert told.endswith("\r\x1b[K")

    async def test_what_is_quick_shows_none(self, capsys: pytest.CaptureFixture[str]) -> None:
        from ollama_tui.core.doctor.evidence import Address, Evidence

        with examining._progress(lambda: Evidence(Address("x"))) as draw:
            draw()

        assert capsys.readouterr().err == ""
