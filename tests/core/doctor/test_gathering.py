"""Where the evidence comes from: programs, files, the server."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ollama_tui.core.connection import Connection
from ollama_tui.core.doctor import Outcome, findings_of, outcome_of
from ollama_tui.core.doctor.asking import answer_of
from ollama_tui.core.doctor.evidence import Address, Evidence, Gpus, Own
from ollama_tui.core.doctor.gathering import Patient, examine
from ollama_tui.core.doctor.patience import within
from ollama_tui.core.doctor.stores import Named, Served, model_folder
from ollama_tui.core.doctor.systemd import service_unit
from ollama_tui.core.programs import Said
from ollama_tui.core.server_log import LogPlaces
from ollama_tui.core.service import OllamaService
from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.transport import EmulatorTransport
from ollama_tui.demo.wire import Answer as WireAnswer
from tests.core.doctor.evidences import found
from tests.core.test_listeners import EVERYWHERE, hold, made
from tests.core.test_server_log import HERE, places, write
from tests.core.test_server_start import CPU

SHOWN = """LoadState=loaded
ActiveState=active
SubState=running
Result=success
User=ollama
Environment=OLLAMA_HOST=0.0.0.0 "OLLAMA_MODELS=/data/my models"
NRestarts=2
NeedDaemonReload=no
ProtectHome=yes
"""


@pytest.fixture
async def service() -> AsyncIterator[OllamaService]:
    made = OllamaService(
        Connection("http://127.0.0.1:11434", transport=EmulatorTransport(Emulator()))
    )
    yield made
    await made.aclose()


def patient(places: LogPlaces, **changes: Any) -> Patient:
    """A patient on a machine of which nothing is known but what a test makes."""
    return replace(
        Patient(
            Address("http://127.0.0.1:11434"), lambda: Own("c", state="s"), places, homes=lambda: ()
        ),
        **changes,
    )


async def examined(who: Patient, service: OllamaService) -> Evidence:
    """The last of the evidence."""
    known = [evidence async for evidence in examine(who, service)]
    return known[-1]


class TestExamining:
    async def test_there_is_more_each_time_and_all_in_the_end(
        self, tmp_path: Path, service: OllamaService
    ) -> None:
        known = [one async for one in examine(patient(places(tmp_path)), service)]

        assert known[0] == Evidence(Address("http://127.0.0.1:11434"))
        assert len(known) == 5
        assert None not in (known[-1].answer, known[-1].machine, known[-1].own, known[-1].terminal)

    async def test_a_machine_that_tells_nothing_is_not_ill(
        self, tmp_path: Path, service: OllamaService
    ) -> None:
        evidence = await examined(patient(places(tmp_path), has_terminal=False), service)

        assert outcome_of(findings_of(evidence)) is Outcome.OK

    async def test_the_server_of_a_machine_is_found_out_about(
        self, tmp_path: Path, service: OllamaService
    ) -> None:
        models = tmp_path / "models"
        models.mkdir()
        hold(made(tmp_path / "proc", EVERYWHERE, uid=os.getuid()))
        log = write(tmp_path / "log", HERE.replace("/data/my models", str(models)), CPU)
        os.symlink(log, tmp_path / "proc" / "42" / "fd" / "2")
        answers = {"systemctl show": Said(SHOWN)}

        evidence = await examined(patient(places(tmp_path, answers)), service)

        machine = evidence.machine
        assert machine is not None
        assert machine.log.source == str(log)
        assert machine.unit.restarts == 2
        assert (machine.folder.path, machine.folder.told_by) == (str(models), "its log")
        assert found(findings_of(evidence), "network.open").outcome is Outcome.WARNING
        assert found(findings_of(evidence), "folder.rights").outcome is Outcome.OK

    async def test_who_holds_the_port_for_a_container_is_not_the_server(
        self, tmp_path: Path, service: OllamaService
    ) -> None:
        hold(made(tmp_path / "proc", EVERYWHERE, uid=0), program="docker-proxy")
        answers = {
            "docker ps": Said("bb\tllm\t0.0.0.0:11434->11434/tcp\n"),
            "docker logs": Said(f"{HERE}\n{CPU}\n"),
        }

        evidence = await examined(patient(places(tmp_path, answers)), service)

        assert evidence.machine is not None
        assert (evidence.machine.folder.path, evidence.machine.folder.uid) == ("", None)
        assert found(findings_of(evidence), "network.open").outcome is Outcome.WARNING
        assert found(findings_of(evidence), "settings.force").outcome is Outcome.OK

    async def test_without_its_log_the_service_names_the_folder(
        self, tmp_path: Path, service: OllamaService
    ) -> None:
        answers = {"systemctl show": Said(SHOWN)}

        evidence = await examined(patient(places(tmp_path, answers)), service)

        assert evidence.machine is not None
        assert evidence.machine.folder.path == "/data/my models"
        assert evidence.machine.folder.told_by == "ollama.service"

    @pytest.mark.parametrize(
        ("address", "why"),
        [
            (Address("http://127.0.0.1:1", is_demo=True), "demo's server is in this program"),
            (Address("http://box:11434"), "own machine only"),
        ],
    )
    async def test_a_server_elsewhere_is_asked_and_its_machine_is_not(
        self, tmp_path: Path, service: OllamaService, address: Address, why: str
    ) -> None:
        evidence = await examined(patient(places(tmp_path), address=address), service)

        assert evidence.machine is not None
        assert why in evidence.machine.elsewhere
        assert evidence.answer is not None
        assert evidence.answer.failure == ""

    async def test_one_behind_a_tunnel_is_elsewhere(
        self, tmp_path: Path, service: OllamaService
    ) -> None:
        hold(made(tmp_path / "proc"), program="ssh")

        evidence = await examined(patient(places(tmp_path)), service)

        assert evidence.machine is not None
        assert "ssh holds port 11434" in evidence.machine.elsewhere

    async def test_the_gpus_are_those_that_are_read(
        self, tmp_path: Path, service: OllamaService
    ) -> None:
        who = patient(places(tmp_path), gpus=lambda: Gpus(("RTX",), "580"))

        evidence = await examined(who, service)

        assert "580 sees RTX" in found(findings_of(evidence), "gpus.driver").sentence

    async def test_tmux_is_asked_what_it_hands_on(
        self, tmp_path: Path, service: OllamaService
    ) -> None:
        answers = {"tmux show-options": Said("off\n")}
        environment = {"TMUX": "/tmp/x", "TERM": "tmux-256color", "SECRET": "x"}

        evidence = await examined(
            patient(places(tmp_path, answers), environment=environment), service
        )

        assert evidence.terminal is not None
        assert evidence.terminal.passthrough == "off"
        assert "SECRET" not in evidence.terminal.environment


class TestAsking:
    async def told(
        self, service: OllamaService, emulator: Emulator, status: int, body: bytes
    ) -> Any:
        emulator.faults["/api/ps"] = Fault(answer=WireAnswer(status, (), body))
        return await answer_of(service)

    @pytest.fixture
    def emulator(self) -> Emulator:
        return Emulator()

    @pytest.fixture
    async def service(self, emulator: Emulator) -> AsyncIterator[OllamaService]:
        transport = EmulatorTransport(emulator)
        made = OllamaService(Connection("http://box:11434", transport=transport))
        yield made
        await made.aclose()

    async def test_a_refused_name_is_told_from_others(
        self, service: OllamaService, emulator: Emulator
    ) -> None:
        answer = await self.told(service, emulator, 403, b"")

        assert (answer.is_host_refused, answer.is_reached) == (True, True)
        assert "(403)" in answer.failure

    async def test_a_clock_that_is_off_is_told(self) -> None:
        ahead = FastClock(datetime.now().astimezone() + timedelta(hours=2))
        transport = EmulatorTransport(Emulator(now=ahead.now))
        service = OllamaService(Connection("http://box:11434", transport=transport))
        answer = await answer_of(service)
        await service.aclose()

        assert answer.clock_ahead == pytest.approx(7200, abs=60)

    async def test_one_without_ps_is_too_old(
        self, service: OllamaService, emulator: Emulator
    ) -> None:
        answer = await self.told(service, emulator, 404, b"404 page not found")

        assert answer.is_too_old

    async def test_one_that_has_not_even_a_list_of_models_is_no_old_ollama(
        self, service: OllamaService, emulator: Emulator
    ) -> None:
        nothing = Fault(answer=WireAnswer(404, (), b"404 page not found"))
        emulator.faults |= {"/api/version": nothing, "/api/tags": nothing}

        answer = await answer_of(service)

        assert not answer.is_too_old
        assert "is not an Ollama server" in answer.failure

    async def test_nobody_there_is_not_reached(self) -> None:
        service = OllamaService(Connection("http://127.0.0.1:1"))

        answer = await answer_of(service)
        await service.aclose()

        assert not answer.is_reached
        assert answer.failure == "Connection refused at http://127.0.0.1:1."
        assert answer.remedy


class TestTheUnit:
    def test_it_is_read(self, tmp_path: Path) -> None:
        unit = service_unit("ollama.service", places(tmp_path, {"systemctl": Said(SHOWN)}).ask)

        assert (unit.is_installed, unit.active, unit.user) == (True, "active", "ollama")
        assert (unit.restarts, unit.is_changed, unit.protects_home) == (2, False, True)
        assert unit.environment == {"OLLAMA_HOST": "0.0.0.0", "OLLAMA_MODELS": "/data/my models"}

    def test_one_of_a_users_own_is_asked_for_there(self, tmp_path: Path) -> None:
        ask = places(tmp_path, {"systemctl --user show": Said(SHOWN)}).ask

        unit = service_unit("ollama.service", ask, of_a_user=True)

        assert (unit.is_installed, unit.is_users) == (True, True)

    @pytest.mark.parametrize("said", [Said(failure="not booted with systemd"), Said("tea")])
    def test_without_systemd_it_says_why(self, tmp_path: Path, said: Said) -> None:
        unit = service_unit("ollama.service", places(tmp_path, {"systemctl": said}).ask)

        assert (unit.is_installed, bool(unit.why)) == (False, True)

    def test_words_that_make_no_sense_do_no_harm(self, tmp_path: Path) -> None:
        said = Said('LoadState=loaded\nEnvironment="A=\nNRestarts=many\n\n')

        unit = service_unit("ollama.service", places(tmp_path, {"systemctl": said}).ask)

        assert (unit.environment, unit.restarts) == ({}, None)

    def test_a_program_on_the_path_is_asked_without_a_shell(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        program = tmp_path / "systemctl"
        program.write_text(f"#!/bin/sh\ncat <<'END'\n{SHOWN}END\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

        assert service_unit("ollama.service; rm", LogPlaces(tmp_path).ask).user == "ollama"


class TestTheFolder:
    def test_each_step_of_the_way_is_seen(self, tmp_path: Path) -> None:
        models = tmp_path / "a" / "models"
        models.mkdir(parents=True)

        seen = model_folder(Named(f"{tmp_path}/a/../a/models", "its log", os.getuid()), ())

        assert [step.path for step in seen.steps] == [
            *map(str, reversed(models.parents)),
            str(models),
        ]
        assert (seen.missing, seen.closed, seen.uid) == ("", "", os.getuid())
        assert seen.free
        assert seen.user

    def test_the_first_that_is_missing_is_named(self, tmp_path: Path) -> None:
        seen = model_folder(Named(str(tmp_path / "gone" / "models")), ())

        assert seen.missing == str(tmp_path / "gone")
        assert seen.free is None

    def test_the_first_that_is_closed_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        closed, looked = tmp_path / "closed", Path.stat

        def stat(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
            if closed in path.parents:
                raise PermissionError(13, "Permission denied")
            return looked(path, follow_symlinks=follow_symlinks)

        closed.mkdir()
        monkeypatch.setattr(Path, "stat", stat)

        seen = model_folder(Named(str(closed / "models")), [closed / "other"])

        assert (seen.closed, seen.missing) == (str(closed / "models"), "")
        assert seen.others == ()

    @pytest.mark.parametrize("path", ["", "models", "~/models"])
    def test_what_is_no_whole_path_is_not_known(self, path: str) -> None:
        assert model_folder(Named(path), ()).why

    def test_others_are_counted_once_and_never_its_own(self, tmp_path: Path) -> None:
        own, other = tmp_path / "own", tmp_path / "other"
        for folder in (own, other):
            manifest = folder / "manifests" / "registry.ollama.ai" / "library" / "qwen3" / "8b"
            manifest.parent.mkdir(parents=True)
            manifest.touch()
        (tmp_path / "link").symlink_to(own)
        usual = (own, other, tmp_path / "link", other, tmp_path / "none")

        seen = model_folder(Named(str(own)), usual)

        assert [(one.path, one.models) for one in seen.others] == [(str(other), 1)]

    def test_one_of_another_server_has_its_address(self, tmp_path: Path) -> None:
        own, other = tmp_path / "own", tmp_path / "other"
        for folder in (own, other):
            (folder / "manifests").mkdir(parents=True)
        served = [Served(own, "127.0.0.1:11434"), Served(other, "127.0.0.1:11500")]

        seen = model_folder(Named(str(own)), [own, other], served)

        assert [(one.path, one.host) for one in seen.others] == [(str(other), "127.0.0.1:11500")]


class TestPatience:
    async def test_a_call_that_hangs_is_not_waited_for(self) -> None:
        may_end = threading.Event()

        assert await within(0.05, may_end.wait) is None

        may_end.set()
        await asyncio.sleep(0)

    async def test_what_the_system_refuses_is_nothing(self) -> None:
        assert await within(5, lambda: os.listdir("/no/such/folder")) is None
