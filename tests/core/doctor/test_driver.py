"""What a reading of the GPUs tells the doctor."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ollama_tui.core.doctor.driver import gpus_seen
from ollama_tui.core.doctor.evidence import Gpus
from ollama_tui.core.doctor.finding import Outcome
from ollama_tui.core.doctor.gpus import check
from ollama_tui.core.gpus import Gpu, Reading
from ollama_tui.core.server_start import ServerStart
from tests.core.doctor.evidences import CARD as CUDA
from tests.core.doctor.evidences import MACHINE, outcome

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


def test_of_the_slices_of_a_card_one_is_needed(version: Path) -> None:
    slices = (Gpu(0, "H100 MIG 1g", slice=0), Gpu(0, "H100 MIG 2g", slice=1))

    told = gpus_seen(Reading(slices), version)

    assert (told.names, told.optional) == (("H100 MIG 1g",), ("H100 MIG 2g",))


@pytest.mark.parametrize(
    ("found", "expected"),
    [(0, Outcome.FAULT), (1, Outcome.OK), (2, Outcome.OK), (3, Outcome.WARNING)],
)
def test_a_server_may_use_one_slice_of_a_card_or_more(
    version: Path, found: int, expected: Outcome
) -> None:
    slices = tuple(Gpu(0, f"H100 MIG {at}g", slice=at) for at in (1, 2))
    devices = tuple(replace(CUDA, id=f"MIG-{at}") for at in range(found))
    machine = replace(
        MACHINE, gpus=gpus_seen(Reading(slices), version), start=ServerStart({}, devices)
    )

    assert outcome(tuple(check(machine)), "gpus.found") is expected


def test_what_a_restart_mends_is_trouble_and_the_rest_is_unknown(version: Path) -> None:
    differ, denied = "driver and library versions differ", "No permission to ask."

    assert gpus_seen(Reading(why=differ, is_broken=True), version) == Gpus(trouble=differ)
    assert gpus_seen(Reading(why=denied), version) == Gpus(why=denied)
    lost = gpus_seen(Reading((CARD,), why="GPU 0: lost", is_broken=True), version)
    assert (lost.names, lost.trouble) == ((CARD.name,), "GPU 0: lost")


def test_what_was_not_read_is_unknown() -> None:
    assert gpus_seen(None).why == "the driver has not answered"
    assert gpus_seen(Reading(elsewhere="read there only")).why == "GPUs are read there only"
