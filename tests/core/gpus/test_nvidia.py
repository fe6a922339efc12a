"""NVIDIA's cards, read by the genuine nvidia-ml-py out of a stub of the driver's library."""

from __future__ import annotations

import os
from pathlib import Path

from ollama_tui.core.gpus.nvidia import Nvidia
from tests.core.gpus.stub import readings

GIB = 2**30


def test_two_cards_tell_all_they_know(nvml: Path) -> None:
    (reading,) = readings(nvml, [""])

    first, second = reading["gpus"]
    assert (first["name"], first["uuid"], first["index"]) == ("NVIDIA GeForce RTX 4090", "GPU-0", 0)
    assert (first["total"], first["free"]) == (24 * GIB, 2 * GIB)
    assert (first["utilisation"], first["temperature"]) == (0.63, 71)
    assert (first["power"], first["power_limit"]) == (287.4, 450)
    assert (second["name"], second["utilisation"]) == ("NVIDIA RTX A4000", 0.04)
    assert reading["why"] == ""


def test_used_leaves_out_what_the_driver_keeps_as_nvidia_smi_does(nvml: Path) -> None:
    (reading,) = readings(nvml, [""])

    assert reading["gpus"][0]["used"] == 24 * GIB - 2 * GIB - GIB // 2


def test_a_process_has_its_user_and_command(nvml: Path) -> None:
    (reading,) = readings(nvml, [""], pids=[os.getpid()])

    (process,) = reading["processes"]
    assert (process["pid"], process["used"], process["gpu"]) == (os.getpid(), GIB, "GPU-0")
    assert process["command"].startswith("py")
    assert process["user"]


def test_what_a_card_does_not_support_is_unknown_and_told(nvml: Path) -> None:
    (reading,) = readings(nvml, ["bare"])

    gpu = reading["gpus"][0]
    assert (gpu["utilisation"], gpu["power"], gpu["power_limit"]) == (None, None, None)
    assert gpu["temperature"] == 71
    assert reading["why"] == (
        "GPU 0, 1, utilisation, power, power limit: not supported by this GPU"
    )


def test_memory_that_is_the_machines_own_is_unknown(nvml: Path) -> None:
    (reading,) = readings(nvml, ["unified"])

    assert {gpu["total"] for gpu in reading["gpus"]} == {None}
    assert "memory: not supported" in reading["why"]


def test_a_lost_card_keeps_its_name_and_the_other_its_figures(nvml: Path) -> None:
    _, reading, after = readings(nvml, ["", "lost", ""])

    first, second = reading["gpus"]
    assert first["used"]
    assert (second["name"], second["uuid"], second["used"]) == ("NVIDIA RTX A4000", "GPU-1", None)
    assert reading["why"].startswith("GPU 1: the card is lost")
    assert after["gpus"][1]["used"]
    assert [one["is_broken"] for one in (reading, after)] == [True, False]


def test_a_card_that_vanished_is_gone(nvml: Path) -> None:
    before, after = readings(nvml, ["", "vanished"])

    assert [len(one["gpus"]) for one in (before, after)] == [2, 1]


def test_an_older_driver_tells_what_it_can(nvml: Path) -> None:
    (reading,) = readings(nvml, ["old"], pids=[os.getpid()])

    assert reading["gpus"][0]["used"] == 22 * GIB
    assert reading["processes"][0]["used"] == GIB
    assert reading["why"] == ""


def test_slices_stand_for_their_card(nvml: Path) -> None:
    (reading,) = readings(nvml, ["mig"], pids=[os.getpid()])

    labels = [(gpu["index"], gpu["slice"], gpu["uuid"]) for gpu in reading["gpus"]]
    assert labels == [(0, 0, "MIG-0-0"), (0, 1, "MIG-0-1"), (1, None, "GPU-1")]
    assert reading["gpus"][0]["name"] == "NVIDIA A100 MIG 3g.20gb"
    assert reading["gpus"][0]["temperature"] == 71
    assert reading["gpus"][0]["utilisation"] is None
    assert [process["gpu"] for process in reading["processes"]] == ["MIG-0-0"]
    assert "utilisation: not supported" in reading["why"]


def test_memory_of_programs_that_is_not_told_is_unknown(nvml: Path) -> None:
    (reading,) = readings(nvml, ["hidden"], pids=[os.getpid()])

    assert reading["processes"][0]["used"] is None
    assert reading["why"] == "GPU 0, memory of each program: not told by the driver"


def test_programs_of_another_container_have_a_number_alone(nvml: Path, tmp_path: Path) -> None:
    (reading,) = readings(nvml, [""], pids=[4121, 4122], proc=tmp_path)

    assert [(one["pid"], one["command"]) for one in reading["processes"]] == [
        (4121, ""),
        (4122, ""),
    ]
    assert "container without host pids" in reading["why"]


def test_no_permission_for_the_list_of_programs_costs_that_alone(nvml: Path) -> None:
    (reading,) = readings(nvml, ["secret"])

    assert reading["gpus"][0]["used"]
    assert reading["why"] == "GPU 0, 1, processes: no permission"


def test_a_hostile_name_is_cleaned(nvml: Path) -> None:
    (reading,) = readings(nvml, ["hostile"])

    assert reading["gpus"][0]["name"] == "RTX]0;x evil"


class TestADriverThatRefuses:
    def test_versions_that_differ_are_explained(self, nvml: Path, card_in_sys: Path) -> None:
        reading, after = readings(nvml, ["mismatch", ""], sys_folder=card_in_sys)

        assert reading["gpus"] == []
        assert "driver and library versions differ until a reboot" in reading["why"]
        assert len(after["gpus"]) == 2
        assert [one["is_broken"] for one in (reading, after)] == [True, False]

    def test_one_that_was_updated_while_it_was_read_is_explained(self, nvml: Path) -> None:
        before, reading, after = readings(nvml, ["", "mismatch", ""])

        assert len(before["gpus"]) == len(after["gpus"]) == 2
        assert "driver and library versions differ" in reading["why"]

    def test_no_permission_is_told(self, nvml: Path, card_in_sys: Path) -> None:
        (reading,) = readings(nvml, ["denied"], sys_folder=card_in_sys)

        assert reading["why"] == "No permission to ask NVIDIA's driver."
        assert not reading["is_broken"]

    def test_without_a_card_there_is_nothing_to_tell(self, nvml: Path, tmp_path: Path) -> None:
        (reading,) = readings(nvml, ["unloaded"], sys_folder=tmp_path)

        assert (reading["gpus"], reading["why"]) == ([], "")

    def test_a_card_without_its_library_is_told(self, card_in_sys: Path, tmp_path: Path) -> None:
        reading = Nvidia(card_in_sys, tmp_path, library="libnone-ml.so.1").read()

        assert "--gpus all" in reading.why

    def test_it_is_tried_again_a_minute_later_and_not_before(
        self, card_in_sys: Path, tmp_path: Path
    ) -> None:
        now = [0.0]
        nvidia = Nvidia(card_in_sys, tmp_path, lambda: now[0], library="libnone-ml.so.1")
        nvidia.read()
        (card_in_sys / "bus/pci/devices/0000:01:00.0/vendor").write_text("0x8086\n")

        assert nvidia.read().why
        now[0] = 61
        assert nvidia.read().is_empty
