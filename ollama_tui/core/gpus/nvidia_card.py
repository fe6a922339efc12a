"""One of NVIDIA's cards, as the driver's library tells of it; what it does not tell is noted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Protocol, TypeVar

from ollama_tui.core.gpus.values import Gpu
from ollama_tui.core.gpus.whys import Gaps, failure_words
from ollama_tui.core.text import clean

_Told = TypeVar("_Told")


class _Memory(Protocol):
    total: int
    used: int
    free: int


class _Running(Protocol):
    pid: int
    usedGpuMemory: int | None


class Card:
    """A card, whole or in slices."""

    def __init__(self, nvml: ModuleType, index: int, gaps: Gaps) -> None:
        """Ask nothing yet.

        Args:
            nvml: the driver's library, which has begun.
            index: the card's number.
            gaps: takes what is not told.
        """
        self.nvml, self.index, self.gaps = nvml, index, gaps

    def read(self) -> tuple[Gpu, object]:
        """What the card tells, and its handle.

        Raises:
            NVMLError: when it is lost.
        """
        nvml = self.nvml
        handle = nvml.nvmlDeviceGetHandleByIndex(self.index)
        memory = self._told("memory", lambda: self._memory(handle))
        usage = self._told("utilisation", lambda: nvml.nvmlDeviceGetUtilizationRates(handle).gpu)
        power = self._told("power", lambda: nvml.nvmlDeviceGetPowerUsage(handle))
        limit = self._told("power limit", lambda: nvml.nvmlDeviceGetEnforcedPowerLimit(handle))
        gpu = Gpu(
            self.index,
            clean(self._told("name", lambda: nvml.nvmlDeviceGetName(handle)), 80),
            clean(self._told("uuid", lambda: nvml.nvmlDeviceGetUUID(handle)), 80),
            total=memory.total if memory else None,
            used=memory.used if memory else None,
            free=memory.free if memory else None,
            utilisation=None if usage is None else min(usage, 100) / 100,
            temperature=self._told("temperature", lambda: nvml.nvmlDeviceGetTemperature(handle, 0)),
            power=None if power is None else power / 1000,
            power_limit=None if limit is None else limit / 1000,
        )
        return gpu, handle

    def slices(self, card: Gpu, handle: object) -> list[tuple[Gpu, object]]:
        """The parts of a card under MIG, each with its handle; none for a card that is whole."""
        try:
            if not self.nvml.nvmlDeviceGetMigMode(handle)[0]:
                return []
            count = self.nvml.nvmlDeviceGetMaxMigDeviceCount(handle)
        except self.nvml.NVMLError:
            return []
        found = (self._slice(card, handle, number) for number in range(count))
        return [one for one in found if one is not None]

    def processes(self, handle: object) -> dict[int, int | None]:
        """The bytes that each process has of a card or a slice, by its number."""
        used: dict[int, int | None] = {}
        for kind in ("Compute", "Graphics"):
            try:
                listed = self._told("processes", partial(self._running, kind, handle)) or ()
            except self.nvml.NVMLError:
                # It was lost just now; the next reading says so.
                return {}
            for one in listed:
                used[one.pid] = max(used.get(one.pid) or 0, one.usedGpuMemory or 0) or None
        if used and not any(used.values()):
            self.gaps.add(self.index, "memory of each program", "not told by the driver")
        return used

    def _told(self, what: str, call: Callable[[], _Told]) -> _Told | None:
        """What a call tells, or None and a note of why not.

        Raises:
            NVMLError: when the whole card is lost.
        """
        nvml = self.nvml
        try:
            return call()
        except nvml.NVMLError as error:
            if error.value in (nvml.NVML_ERROR_GPU_IS_LOST, nvml.NVML_ERROR_RESET_REQUIRED):
                raise
            self.gaps.add(self.index, what, failure_words(error.value, str(error)))
        except ValueError:
            self.gaps.add(self.index, what, "what the driver says is no text")
        return None

    def _memory(self, handle: object) -> _Memory:
        nvml = self.nvml
        # The newer call leaves out of `used` what the driver keeps for itself, as nvidia-smi does.
        try:
            memory: _Memory = nvml.nvmlDeviceGetMemoryInfo(handle, nvml.nvmlMemory_v2)
        except (nvml.NVMLError_FunctionNotFound, nvml.NVMLError_ArgumentVersionMismatch):
            memory = nvml.nvmlDeviceGetMemoryInfo(handle)
        return memory

    def _running(self, kind: str, handle: object) -> list[_Running]:
        name = f"nvmlDeviceGet{kind}RunningProcesses"
        try:
            found: list[_Running] = getattr(self.nvml, f"{name}_v3")(handle)
        except self.nvml.NVMLError_FunctionNotFound:
            found = getattr(self.nvml, f"{name}_v2")(handle)
        return found

    def _slice(self, card: Gpu, handle: object, number: int) -> tuple[Gpu, object] | None:
        nvml = self.nvml
        try:
            part = nvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, number)
            name, uuid = nvml.nvmlDeviceGetName(part), nvml.nvmlDeviceGetUUID(part)
            memory = self._memory(part)
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
