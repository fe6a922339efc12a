"""NVIDIA's GPUs, by the driver's own library; every call may fail on its own."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType

from ollama_tui.core.gpus.nvidia_card import Card
from ollama_tui.core.gpus.programs import Program, program_of
from ollama_tui.core.gpus.values import Gpu, GpuProcess, Reading
from ollama_tui.core.gpus.whys import NO_LIBRARY, Gaps, failure_words, refusal
from ollama_tui.core.processes import PROC

RETRY_SECONDS = 60.0
"""Between two tries to begin with a driver that could not be asked."""
SYS = Path("/sys")
_LIBRARY = "libnvidia-ml.so.1"
_VENDOR = "0x10de"
_DISPLAY_CLASS = "0x03"


class Nvidia:
    """The cards of NVIDIA's that are in this machine."""

    def __init__(
        self,
        sys: Path = SYS,
        proc: Path = PROC,
        clock: Callable[[], float] = time.monotonic,
        *,
        library: str = _LIBRARY,
    ) -> None:
        """Ask nothing yet.

        Args:
            sys: where the kernel tells which cards there are.
            proc: where it tells which programs run.
            clock: seconds, for when a driver is tried again.
            library: the file without which nothing is tried.
        """
        self._sys, self._proc, self._clock = sys, proc, clock
        self._library = library
        self._nvml: ModuleType | None = None
        self._refusal = Reading()
        self._next_try = 0.0
        self._names: dict[int, Gpu] = {}

    def read(self) -> Reading:
        """What can be known of them now; empty where there are none."""
        nvml = self._begun()
        if nvml is None:
            return self._refusal
        gaps = Gaps()
        try:
            count = nvml.nvmlDeviceGetCount()
        except nvml.NVMLError as error:
            return self._ended(error.value, str(error))
        gpus: list[Gpu] = []
        processes: list[GpuProcess] = []
        for index in range(count):
            card = Card(nvml, index, gaps)
            for gpu, handle in self._parts(card):
                gpus.append(gpu)
                processes += self._processes(card, gpu, handle) if handle else ()
        if processes and not any(process.command for process in processes):
            gaps.note("the programs are hidden from here, as in a container without host pids")
        return Reading(
            tuple(gpus), tuple(processes), gaps.line(), is_broken=gaps.are_broken, has_driver=True
        )

    def _begun(self) -> ModuleType | None:
        if self._nvml is not None or self._clock() < self._next_try:
            return self._nvml
        self._refusal, self._next_try = Reading(), self._clock() + RETRY_SECONDS
        try:
            ctypes.CDLL(self._library)
        except OSError:
            self._refuse(NO_LIBRARY)
            return None
        # It takes 60 ms to import, and is of no use without the library.
        import pynvml

        try:
            pynvml.nvmlInit()
        except pynvml.NVMLError as error:
            self._refuse(error.value, str(error))
            return None
        self._nvml = pynvml
        return self._nvml

    def _refuse(self, code: int, words: str = "") -> None:
        # Without a card there is nothing to explain.
        self._refusal = refusal(code, words) if _has_card(self._sys) else Reading()

    def _ended(self, code: int, words: str) -> Reading:
        """A driver that answers nothing at all any more is begun with anew, a minute later."""
        self._nvml, self._next_try = None, self._clock() + RETRY_SECONDS
        self._refusal = refusal(code, words)
        return self._refusal

    def _parts(self, card: Card) -> Iterable[tuple[Gpu, object]]:
        """A card, or its slices; without a handle what is left of one that is lost."""
        try:
            whole, handle = card.read()
        except card.nvml.NVMLError as error:
            card.gaps.add(card.index, "all", failure_words(error.value, str(error)))
            known = self._names.get(card.index, Gpu(card.index))
            return [(Gpu(card.index, known.name, known.uuid), None)]
        self._names[card.index] = whole
        return card.slices(whole, handle) or [(whole, handle)]

    def _processes(self, card: Card, gpu: Gpu, handle: object) -> list[GpuProcess]:
        return [self._process(gpu, pid, size) for pid, size in card.processes(handle).items()]

    def _process(self, gpu: Gpu, pid: int, used: int | None) -> GpuProcess:
        program = program_of(pid, self._proc) or Program()
        return GpuProcess(gpu.key, pid, used, program.user, program.command, program.is_ollama)


def _has_card(sys: Path) -> bool:
    """Whether the kernel sees a display card of NVIDIA's, with or without a driver."""
    for device in (sys / "bus" / "pci" / "devices").glob("*"):
        try:
            if (device / "vendor").read_text().strip() == _VENDOR and (
                device / "class"
            ).read_text().startswith(_DISPLAY_CLASS):
                return True
        except (OSError, ValueError):
            continue
    return False
