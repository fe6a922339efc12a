"""What a reading of the GPUs tells the doctor."""

from __future__ import annotations

from pathlib import Path

import pytest

from ollama_tui.core.doctor.driver import gpus_seen
from ollama_tui.core.doctor.evidence import Gpus
from ollama_tui.core.gpus import Gpu, Reading

CARD, PART = Gpu(0, "NVIDIA RTX 4090"), Gpu(0, "AMD 890M", maker="amd", is_shared=True)


@pytest.fixture
def version(tmp_path: Path) -> Path:
    path = tmp_path / "version"
    path.write_text("580.95.05\n")
    return path


def test_the_cards_are_named_with_the_version_of_their_driver(version: Path) -> None:
    second = Gpu(1)

    told = gpus_seen(Reading((CARD, second), why="GPU 1, power: not supported"), version)

    assert told == Gpus((CARD.name, "GPU 1"), "580.95.05")


def test_without_a_card_there_is_no_version(version: Path, tmp_path: Path) -> None:
    assert gpus_seen(Reading(), version) == Gpus()
    assert gpus_seen(Reading((CARD,)), tmp_path / "none") == Gpus((CARD.name,))


def test_what_is_a_part_of_the_processor_need_not_be_used(version: Path) -> None:
    assert gpus_seen(Reading((PART,)), version) == Gpus(optional=(PART.name,))


def test_the_slices_of_a_card_are_one(version: Path) -> None:
    slices = (Gpu(0, "H100 MIG 1g", slice=0), Gpu(0, "H100 MIG 2g", slice=1))

    assert gpus_seen(Reading(slices), version).names == ("H100 MIG 1g",)


def test_what_a_restart_mends_is_trouble_and_the_rest_is_unknown(version: Path) -> None:
    differ, denied = "driver and library versions differ", "No permission to ask."

    assert gpus_seen(Reading(why=differ, is_broken=True), version) == Gpus(trouble=differ)
    assert gpus_seen(Reading(why=denied), version) == Gpus(why=denied)
    lost = gpus_seen(Reading((CARD,), why="GPU 0: lost", is_broken=True), version)
    assert (lost.names, lost.trouble) == ((CARD.name,), "GPU 0: lost")


def test_what_was_not_read_is_unknown() -> None:
    assert gpus_seen(None).why == "the driver has not answered"
    assert gpus_seen(Reading(elsewhere="read there only")).why == "GPUs are read there only"
