"""What a reading of the GPUs proves."""

from __future__ import annotations

from ollama_tui.core.driver_view import driver_view
from ollama_tui.core.gpus import Gpu, GpuProcess, Reading
from ollama_tui.core.why import Gpus, Holder


def test_a_reading_without_a_gpu_proves_that_there_is_none() -> None:
    assert driver_view(Reading()) == Gpus(0)


def test_what_could_not_be_read_proves_nothing() -> None:
    assert driver_view(None) is None
    assert driver_view(Reading(why="driver and library versions differ")) is None
    assert driver_view(Reading(elsewhere="read on the server's machine only")) is None


def test_the_programs_of_others_hold_memory_on_all_cards() -> None:
    processes = (
        GpuProcess("a", 7, 3, user="alice", command="python"),
        GpuProcess("b", 7, 4, user="alice", command="python"),
        GpuProcess("a", 8, 9, command="llama-server", is_ollama=True),
        GpuProcess("a", 9, 5),
    )
    reading = Reading(
        (Gpu(0, total=20, free=8), Gpu(1, total=10, free=1)), processes, models={9: "m"}
    )

    assert driver_view(reading) == Gpus(2, 30, 9, (Holder("python (alice)", 7),))
