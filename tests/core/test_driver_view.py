"""What a reading of the GPUs proves."""

from __future__ import annotations

from ollama_tui.core.driver_view import driver_view, measured_bytes
from ollama_tui.core.gpus import Gpu, GpuProcess, Reading
from ollama_tui.core.models import RunningModel
from ollama_tui.core.runners import Runner
from ollama_tui.core.why import Gpus, Holder


def test_a_reading_without_a_gpu_proves_that_there_is_none() -> None:
    assert driver_view(Reading(has_driver=True)) == Gpus(0)
    assert driver_view(Reading()) == Gpus(0, has_driver=False)


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


class TestWhatAModelTakes:
    _ON_GPUS = RunningModel("m", size=100, size_vram=100)
    _RUNNER = Runner(8, "/m/blobs/x")

    def reading(self, *used: int | None, is_ollama: bool = True) -> Reading:
        held = (
            GpuProcess(f"{card}", 8, size, is_ollama=is_ollama) for card, size in enumerate(used)
        )
        return Reading((Gpu(0), Gpu(1)), (GpuProcess("0", 7, 50, is_ollama=True), *held))

    def test_its_runner_is_counted_on_all_cards(self) -> None:
        assert measured_bytes(self.reading(70, 45), self._ON_GPUS, self._RUNNER) == 115

    def test_what_is_not_told_of_each_card_is_not_measured(self) -> None:
        for reading in (None, Reading(), self.reading(), self.reading(70, None), self.reading(0)):
            assert measured_bytes(reading, self._ON_GPUS, self._RUNNER) is None

    def test_a_number_of_another_program_is_not_taken_for_its_runner(self) -> None:
        # A container's numbers are not the driver's.
        reading = self.reading(70, is_ollama=False)

        assert measured_bytes(reading, self._ON_GPUS, self._RUNNER) is None

    def test_a_model_that_is_partly_in_main_memory_is_not_measured(self) -> None:
        partly = RunningModel("m", size=100, size_vram=60)

        assert measured_bytes(self.reading(70), partly, self._RUNNER) is None
