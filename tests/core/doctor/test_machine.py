"""Network, service, folder, GPUs and settings of the server's machine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ollama_tui.core.doctor import Outcome, folder, gpus, network, service, settings
from ollama_tui.core.doctor.evidence import Address, Folder, Gpus, Machine, Step, Store, Unit
from ollama_tui.core.doctor.finding import Finding
from ollama_tui.core.listeners import Listener
from ollama_tui.core.server_log import ServerLog
from ollama_tui.core.server_start import ServerStart
from tests.core.doctor.evidences import (
    ADDRESS,
    CARD,
    ELSEWHERE,
    FOLDER,
    MACHINE,
    MODELS,
    OLLAMA,
    PROCESSOR,
    SETTINGS,
    UNIT,
    found,
    outcome,
)

OPEN = Listener("0.0.0.0", OLLAMA, 42, "ollama")
NO_LOG = replace(MACHINE, log=ServerLog(why="no permission"), start=ServerStart())


def with_unit(**changes: Any) -> Machine:
    return replace(MACHINE, unit=replace(UNIT, **changes))


def with_folder(**changes: Any) -> Machine:
    return replace(MACHINE, folder=replace(FOLDER, **changes))


def with_settings(**changes: str) -> Machine:
    return replace(MACHINE, start=ServerStart({**SETTINGS, **changes}, (CARD,)))


class TestTheNetwork:
    def told(self, machine: Machine, address: Address = ADDRESS) -> Finding:
        return found(network.check(address, machine), "network.open")

    def test_the_machines_own_address_is_well(self) -> None:
        assert self.told(MACHINE).outcome is Outcome.OK

    def test_every_address_is_a_warning(self) -> None:
        told = self.told(replace(MACHINE, listeners=(OPEN,)))

        assert (told.outcome, "0.0.0.0" in told.sentence) == (Outcome.WARNING, True)
        assert "127.0.0.1" in told.next_step

    def test_where_sockets_are_not_seen_the_log_tells(self) -> None:
        machine = replace(with_settings(OLLAMA_HOST="http://0.0.0.0:11434"), listeners=None)

        assert self.told(machine).outcome is Outcome.WARNING
        assert self.told(replace(MACHINE, listeners=None)).outcome is Outcome.OK

    def test_a_container_listens_on_all_of_its_own_addresses(self) -> None:
        machine = replace(with_settings(OLLAMA_HOST="http://0.0.0.0:11434"), listeners=None)

        told = self.told(replace(machine, log=ServerLog("docker logs llm")))

        assert told.outcome is Outcome.OK

    @pytest.mark.parametrize(
        ("listeners", "why"), [(None, "Nothing tells"), ((), "Nothing listens")]
    )
    def test_without_either_it_is_unknown(
        self, listeners: tuple[Listener, ...] | None, why: str
    ) -> None:
        told = self.told(replace(NO_LOG, listeners=listeners))

        assert (told.outcome, told.sentence.startswith(why)) == (Outcome.UNKNOWN, True)

    def test_that_of_another_machine_is_unknown(self) -> None:
        far = Address("http://gpu.example.org:11434")

        assert "without a key" in self.told(ELSEWHERE, far).sentence
        assert "own machine only" in self.told(ELSEWHERE, replace(far, has_key=True)).sentence


class TestTheService:
    def test_one_that_runs_is_well(self) -> None:
        assert {one.outcome for one in service.check(MACHINE)} == {Outcome.OK}

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"active": "activating", "sub": "auto-restart"}, Outcome.FAULT),
            ({"active": "failed", "sub": "failed", "result": "exit-code"}, Outcome.FAULT),
            ({"active": "inactive", "sub": "dead"}, Outcome.WARNING),
        ],
    )
    def test_its_state_is_judged(self, changes: dict[str, str], expected: Outcome) -> None:
        assert outcome(service.check(with_unit(**changes)), "service.state") is expected

    def test_one_that_does_not_run_where_nothing_listens_is_a_fault(self) -> None:
        machine = replace(with_unit(active="inactive", sub="dead"), listeners=())

        assert outcome(service.check(machine), "service.state") is Outcome.FAULT

    @pytest.mark.parametrize(
        ("restarts", "expected"),
        [(0, Outcome.OK), (1, Outcome.WARNING), (7, Outcome.WARNING), (None, Outcome.UNKNOWN)],
    )
    def test_restarts_are_counted(self, restarts: int | None, expected: Outcome) -> None:
        told = found(service.check(with_unit(restarts=restarts)), "service.restarts")

        assert told.outcome is expected

    def test_a_server_of_somebody_else_on_the_port_is_a_warning(self) -> None:
        machine = replace(MACHINE, listeners=(replace(OPEN, uid=1000),), users={1000: "ann"})

        told = found(service.check(machine), "service.user")

        assert told.outcome is Outcome.WARNING
        assert "runs as ann" in told.sentence

    def test_files_that_were_changed_are_a_warning(self) -> None:
        told = found(service.check(with_unit(is_changed=True)), "service.environment")

        assert (told.outcome, "daemon-reload" in told.next_step) == (Outcome.WARNING, True)

    def test_to_one_of_a_users_own_systemd_only_that_user_speaks(self) -> None:
        own = with_unit(is_users=True, restarts=2, is_changed=True, active="failed")
        start = ServerStart({**SETTINGS, "HTTP_PROXY": "http://proxy:1"}, ())
        machine = replace(own, start=start, listeners=())
        rules = (service.check, gpus.check, settings.check)

        told = [one for rule in rules for one in rule(machine) if "systemctl" in one.next_step]

        assert {one.check for one in told} == {
            *("service.state", "service.environment", "gpus.found", "settings.proxy")
        }
        assert all("systemctl --user " in one.next_step for one in told)
        assert not any("sudo" in one.next_step for one in told)
        restarts = found(service.check(machine), "service.restarts")
        assert "ollama.service (--user)" in restarts.sentence
        assert "`journalctl --user -u ollama.service`" in restarts.next_step

    def test_a_variable_that_the_server_does_not_know_is_a_warning(self) -> None:
        unit = with_unit(environment={"OLLAMA_MODEL": "/data", "PATH": "/bin"})

        told = found(service.check(unit), "service.environment")

        assert told.outcome is Outcome.WARNING
        assert "OLLAMA_MODEL " in told.sentence

    def test_a_value_that_is_not_in_force_is_a_warning(self) -> None:
        unit = with_unit(environment={"OLLAMA_MODELS": "/data"})

        assert outcome(service.check(unit), "service.environment") is Outcome.WARNING

    @pytest.mark.parametrize("machine", [MACHINE, NO_LOG])
    def test_an_environment_that_is_in_force_is_well(self, machine: Machine) -> None:
        unit = replace(UNIT, environment={"OLLAMA_MODELS": MODELS, "OLLAMA_KEEP_ALIVE": "5m"})

        told = service.check(replace(machine, unit=unit))

        assert outcome(told, "service.environment") is Outcome.OK

    @pytest.mark.parametrize(
        "machine",
        [
            ELSEWHERE,
            replace(MACHINE, unit=Unit()),
            replace(MACHINE, unit=Unit(why="no systemd")),
        ],
    )
    def test_where_there_is_none_it_is_unknown(self, machine: Machine) -> None:
        assert {one.outcome for one in service.check(machine)} == {Outcome.UNKNOWN}


class TestTheFolder:
    def test_one_that_the_server_owns_is_well(self) -> None:
        assert {one.outcome for one in folder.check(MACHINE)} == {Outcome.OK}

    def test_one_that_is_not_there_is_a_fault(self) -> None:
        told = found(folder.check(with_folder(missing="/data")), "folder.owner")

        assert (told.outcome, "/data is not there" in told.sentence) == (Outcome.FAULT, True)

    def test_one_of_somebody_else_that_is_closed_is_told_twice(self) -> None:
        steps = (*FOLDER.steps[:-1], Step(MODELS, 0o755, 0, 0, "root"))
        findings = list(folder.check(with_folder(steps=steps)))

        assert outcome(findings, "folder.owner") is Outcome.WARNING
        assert outcome(findings, "folder.rights") is Outcome.FAULT
        assert "chown -R ollama:" in found(findings, "folder.rights").next_step

    @pytest.mark.parametrize(
        ("path", "step"),
        [
            ("/data/my models; rm x", "chown -R ollama: '/data/my models; rm x'`"),
            ("/", "a folder of its own"),
            ("/usr", "a folder of its own"),
        ],
    )
    def test_what_is_to_be_typed_does_no_harm(self, path: str, step: str) -> None:
        steps = (Step(path, 0o755, 0, 0, "root"),)

        told = found(folder.check(with_folder(path=path, steps=steps)), "folder.rights")

        assert step in told.next_step

    def test_one_that_its_group_may_write_is_well(self) -> None:
        steps = (*FOLDER.steps[:-1], Step(MODELS, 0o775, 0, OLLAMA, "root"))

        findings = list(folder.check(with_folder(steps=steps)))

        assert {one.outcome for one in findings} == {Outcome.OK}

    def test_a_closed_folder_on_the_way_is_named(self) -> None:
        steps = (
            Step("/", 0o755, 0, 0, "root"),
            Step("/home/ann", 0o700, 1000, 1000, "ann"),
            Step("/home/ann/models", 0o777, 1000, 1000, "ann"),
        )

        told = found(folder.check(with_folder(steps=steps)), "folder.rights")

        assert told.outcome is Outcome.FAULT
        assert "may not go through /home/ann." in told.sentence
        assert "chmod o+x /home/ann`" in told.next_step

    def test_root_may_do_all(self) -> None:
        steps = (Step(MODELS, 0o700, 1000, 1000, "ann"),)

        told = folder.check(with_folder(steps=steps, uid=0, user="root"))

        assert outcome(told, "folder.rights") is Outcome.OK

    def test_a_disk_that_is_read_only_is_a_fault(self) -> None:
        told = folder.check(with_folder(is_read_only=True))

        assert outcome(told, "folder.rights") is Outcome.FAULT

    def test_a_service_that_is_kept_out_of_homes_cannot_go_there(self) -> None:
        machine = replace(
            with_folder(path="/home/ollama/models"), unit=replace(UNIT, protects_home=True)
        )

        assert "ProtectHome" in found(folder.check(machine), "folder.rights").sentence

    @pytest.mark.parametrize("changes", [{"closed": "/data"}, {"uid": None}])
    def test_what_cannot_be_seen_is_unknown(self, changes: dict[str, Any]) -> None:
        told = folder.check(with_folder(**changes))

        assert outcome(told, "folder.rights") is Outcome.UNKNOWN

    @pytest.mark.parametrize(
        ("free", "expected"),
        [
            (500 * 10**9, Outcome.OK),
            (9 * 10**9, Outcome.WARNING),
            (10**8, Outcome.FAULT),
            (None, Outcome.UNKNOWN),
        ],
    )
    def test_its_room_is_judged(self, free: int | None, expected: Outcome) -> None:
        assert outcome(folder.check(with_folder(free=free)), "folder.space") is expected

    def test_models_of_somebody_else_are_a_warning(self) -> None:
        others = (Store("/home/ann/.ollama/models", "ann", 3),)

        told = found(folder.check(with_folder(others=others)), "folder.others")

        assert told.outcome is Outcome.WARNING
        assert "/home/ann/.ollama/models of ann (3 models)" in told.sentence

    def test_one_of_another_server_is_a_warning_even_if_it_is_empty(self) -> None:
        others = (Store("/data", "ann", 0, "127.0.0.1:11500"),)

        told = found(folder.check(with_folder(others=others)), "folder.others")

        assert told.outcome is Outcome.WARNING
        assert "/data of ann (0 models, of the server at 127.0.0.1:11500)" in told.sentence

    def test_an_empty_one_is_not(self) -> None:
        others = (Store("/home/ann/.ollama/models", "ann", 0),)

        told = folder.check(with_folder(others=others))

        assert outcome(told, "folder.others") is Outcome.OK

    @pytest.mark.parametrize("machine", [ELSEWHERE, replace(MACHINE, folder=Folder(why="hidden"))])
    def test_where_it_is_not_known_all_is_unknown(self, machine: Machine) -> None:
        assert {one.outcome for one in folder.check(machine)} == {Outcome.UNKNOWN}


class TestTheGpus:
    def told(self, seen: Gpus, *devices: object, check: str = "gpus.found") -> Finding:
        machine = replace(MACHINE, gpus=seen, start=ServerStart(SETTINGS, devices))  # type: ignore[arg-type]
        return found(gpus.check(machine), check)

    def test_those_that_both_see_are_well(self) -> None:
        told = self.told(Gpus((CARD.name,)), CARD)

        assert told.outcome is Outcome.OK
        assert "NVIDIA RTX 4090 (24.0 GiB)" in told.sentence

    def test_one_that_the_server_did_not_find_is_a_fault(self) -> None:
        told = self.told(Gpus((CARD.name,)), PROCESSOR)

        assert told.outcome is Outcome.FAULT
        assert "the server found no GPU" in told.sentence

    def test_one_that_went_since_is_a_warning(self) -> None:
        assert self.told(Gpus(), CARD).outcome is Outcome.WARNING

    def test_a_part_of_the_processor_may_be_used_or_not(self) -> None:
        for device in (CARD, PROCESSOR):
            assert self.told(Gpus(optional=("AMD 890M",)), device).outcome is Outcome.OK

    def test_none_at_all_is_well(self) -> None:
        assert "on the CPU" in self.told(Gpus(), PROCESSOR).sentence

    def test_without_the_driver_the_log_tells(self) -> None:
        told = self.told(Gpus(why="no permission"), CARD)

        assert (told.outcome, "RTX 4090" in told.sentence) == (Outcome.OK, True)

    def test_without_a_log_it_is_unknown(self) -> None:
        told = found(gpus.check(NO_LOG), "gpus.found")

        assert (told.outcome, "no permission" in told.sentence) == (Outcome.UNKNOWN, True)

    @pytest.mark.parametrize(
        ("seen", "expected"),
        [
            (Gpus((CARD.name,), "580.1"), Outcome.OK),
            (Gpus(), Outcome.OK),
            (Gpus(why="no permission"), Outcome.UNKNOWN),
            (Gpus(trouble="driver and library versions differ"), Outcome.FAULT),
        ],
    )
    def test_the_driver_is_judged(self, seen: Gpus, expected: Outcome) -> None:
        assert self.told(seen, CARD, check="gpus.driver").outcome is expected

    def test_those_of_another_machine_are_unknown(self) -> None:
        assert {one.outcome for one in gpus.check(ELSEWHERE)} == {Outcome.UNKNOWN}


class TestTheSettings:
    def test_ollamas_own_are_well(self) -> None:
        assert {one.outcome for one in settings.check(MACHINE)} == {Outcome.OK}

    def test_what_is_set_is_told_with_where_it_was_read(self) -> None:
        machine = with_settings(OLLAMA_KEEP_ALIVE="30m0s", OLLAMA_NOPRUNE="true")

        told = found(settings.check(machine), "settings.force").sentence

        assert "OLLAMA_KEEP_ALIVE=30m0s, OLLAMA_NOPRUNE=true (journalctl -u ollama)" in told
        assert "OLLAMA_MODELS" not in told

    def test_a_proxy_with_its_password_is_not_told(self) -> None:
        machine = with_settings(HTTPS_PROXY="http://me:pw@proxy")

        assert not [one for one in settings.check(machine) if "pw" in one.sentence]

    @pytest.mark.parametrize(
        ("name", "value", "check"),
        [
            ("CUDA_VISIBLE_DEVICES", "-1", "settings.gpus"),
            ("OLLAMA_LLM_LIBRARY", "cpu", "settings.gpus"),
            ("OLLAMA_ORIGINS", "[http://localhost *]", "settings.origins"),
            ("HTTP_PROXY", "http://proxy", "settings.proxy"),
            ("http_proxy", "http://proxy", "settings.proxy"),
        ],
    )
    def test_what_does_harm_is_a_warning(self, name: str, value: str, check: str) -> None:
        told = found(settings.check(with_settings(**{name: value})), check)

        assert (told.outcome, bool(told.next_step)) == (Outcome.WARNING, True)

    @pytest.mark.parametrize("machine", [NO_LOG, ELSEWHERE])
    def test_without_a_log_they_are_unknown(self, machine: Machine) -> None:
        assert {one.outcome for one in settings.check(machine)} == {Outcome.UNKNOWN}

    def test_a_log_that_lost_its_start_says_so(self) -> None:
        told = found(settings.check(replace(MACHINE, start=ServerStart())), "settings.force")

        assert "no longer in its log (journalctl -u ollama)" in told.sentence
