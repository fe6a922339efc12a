"""NVIDIA's GPUs, by the driver's own library; every call may fail on its own."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Protocol, TypeVar

from ollama_tui.core.gpus.programs import Program, program_of
from ollama_tui.core.gpus.values import Gpu, GpuProcess, Reading
from ollama_tui.core.gpus.whys import NO_LIBRARY, Gaps, failure_words, refusal
from ollama_tui.core.listeners import PROC
from ollama_tui.core.text import clean

RETRY_SECONDS = 60.0
"""Between two tries to begin with a driver that could not be asked."""
SYS = Path("/sys")
_LIBRARY = "libnvidia-ml.so.1"
_VENDOR = "0x10de"
_DISPLAY_CLASS = "0x03"
_Told = TypeVar("_Told")


class _Memory(Protocol):
    total: int
    used: int
    free: int


class _Running(Protocol):
    pid: int
    usedGpuMemory: int | None


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
            for gpu, handle in self._parts(nvml, index, gaps):
                gpus.append(gpu)
                processes += self._processes(nvml, handle, gpu, gaps) if handle else ()
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

    def _parts(self, nvml: ModuleType, index: int, gaps: Gaps) -> Iterable[tuple[Gpu, object]]:
        """A card, or its slices; without a handle what is left of one that is lost."""
        try:
            handle = nvml.nvmlDeviceGetHandleByIndex(index)
            card = self._card(nvml, handle, index, gaps)
        except nvml.NVMLError as error:
            gaps.add(index, "all", failure_words(error.value, str(error)))
            known = self._names.get(index, Gpu(index))
            return [(Gpu(index, known.name, known.uuid), None)]
        self._names[index] = card
        return _slices(nvml, handle, card) or [(card, handle)]

    def _card(self, nvml: ModuleType, handle: object, index: int, gaps: Gaps) -> Gpu:
        """What a card tells.

        Raises:
            NVMLError: when it is lost.
        """

        def ask(what: str, call: Callable[[], _Told]) -> _Told | None:
            return _told(nvml, gaps, index, what, call)

        memory = ask("memory", lambda: _memory(nvml, handle))
        usage = ask("utilisation", lambda: nvml.nvmlDeviceGetUtilizationRates(handle).gpu)
        power = ask("power", lambda: nvml.nvmlDeviceGetPowerUsage(handle))
        limit = ask("power limit", lambda: nvml.nvmlDeviceGetEnforcedPowerLimit(handle))
        return Gpu(
            index,
            clean(ask("name", lambda: nvml.nvmlDeviceGetName(handle)), 80),
            clean(ask("uuid", lambda: nvml.nvmlDeviceGetUUID(handle)), 80),
            total=memory.total if memory else None,
            used=memory.used if memory else None,
            free=memory.free if memory else None,
            utilisation=None if usage is None else min(usage, 100) / 100,
            temperature=ask("temperature", lambda: nvml.nvmlDeviceGetTemperature(handle, 0)),
            power=None if power is None else power / 1000,
            power_limit=None if limit is None else limit / 1000,
        )

    def _processes(
        self, nvml: ModuleType, handle: object, gpu: Gpu, gaps: Gaps
    ) -> list[GpuProcess]:
        used: dict[int, int | None] = {}
        for kind in ("Compute", "Graphics"):
            call = partial(_running, nvml, kind, handle)
            try:
                listed = _told(nvml, gaps, gpu.index, "processes", call) or ()
            except nvml.NVMLError:
                # It was lost just now; the next reading says so.
                return []
            for one in listed:
                used[one.pid] = max(used.get(one.pid) or 0, one.usedGpuMemory or 0) or None
        if used and not any(used.values()):
            gaps.add(gpu.index, "memory of each program", "not told by the driver")
        return [self._process(gpu, pid, size) for pid, size in used.items()]

    def _process(self, gpu: Gpu, pid: int, used: int | None) -> GpuProcess:
        program = program_of(pid, self._proc) or Program()
        return GpuProcess(gpu.key, pid, used, program.user, program.command, program.is_ollama)


def _told(
    nvml: ModuleType, gaps: Gaps, index: int, what: str, call: Callable[[], _Told]
) -> _Told | None:
    """What a call tells, or None and a note of why not.

    Raises:
        NVMLError: when the whole card is lost.
    """
    try:
        return call()
    except nvml.NVMLError as error:
        if error.value in (nvml.NVML_ERROR_GPU_IS_LOST, nvml.NVML_ERROR_RESET_REQUIRED):
            raise
        gaps.add(index, what, failure_words(error.value, str(error)))
    except ValueError:
        gaps.add(index, what, "what the driver says is no text")
    return None


def _memory(nvml: ModuleType, handle: object) -> _Memory:
    # The newer call leaves out of `used` what the driver keeps for itself, as nvidia-smi does.
    try:
        memory: _Memory = nvml.nvmlDeviceGetMemoryInfo(handle, nvml.nvmlMemory_v2)
    except (nvml.NVMLError_FunctionNotFound, nvml.NVMLError_ArgumentVersionMismatch):
        memory = nvml.nvmlDeviceGetMemoryInfo(handle)
    return memory


def _running(nvml: ModuleType, kind: str, handle: object) -> list[_Running]:
    name = f"nvmlDeviceGet{kind}RunningProcesses"
    try:
        found: list[_Running] = getattr(nvml, f"{name}_v3")(handle)
    except nvml.NVMLError_FunctionNotFound:
        found = getattr(nvml, f"{name}_v2")(handle)
    return found


def _slices(nvml: ModuleType, handle: object, card: Gpu) -> list[tuple[Gpu, object]]:
    """The parts of a card under MIG; none for a card that is whole."""
    try:
        if not nvml.nvmlDeviceGetMigMode(handle)[0]:
            return []
        count = nvml.nvmlDeviceGetMaxMigDeviceCount(handle)
    except nvml.NVMLError:
        return []
    found = (_slice(nvml, handle, card, number) for number in range(count))
    return [one for one in found if one is not None]


def _slice(nvml: ModuleType, handle: object, card: Gpu, number: int) -> tuple[Gpu, object] | None:
    try:
        part = nvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, number)
        name, uuid = nvml.nvmlDeviceGetName(part), nvml.nvmlDeviceGetUUID(part)
        memory = _memory(nvml, part)
    except (nvml.NVMLError, ValueError):
        return None
    gpu = Gpu(
        card.index,
        clean(name, 80),
        clean(uuid, 80),
        total=memory.total,
        used=memory.used,
        free=memory.free,
        temperature=card.temperature,
        power=card.power,
        power_limit=card.power_limit,
        slice=number,
    )
    return gpu, part


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
