"""Who holds the memory of each GPU, worked out from one reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from ollama_tui.core.gpus.values import Gpu, GpuProcess, Reading
from ollama_tui.core.models import RunningModel
from ollama_tui.core.units import WORTH_TELLING

OLLAMA, UNSEEN, FREE = "Ollama itself", "driver, or unseen", "free"


class Holder(Enum):
    """What kind of holder it is, in the order in which they are shown."""

    MODEL = "model"
    OTHER = "process"
    OLLAMA = "ollama"
    UNSEEN = "unseen"
    """Used, but by nobody who can be seen: the driver's own share, or a hidden program."""
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Holding:
    """A part of a GPU's memory, and whose it is."""

    kind: Holder
    name: str
    """A model's, or a program's."""
    used: int | None = None
    """Bytes; None where that cannot be known."""
    user: str = ""
    """Whose program it is; empty for what is Ollama's or nobody's, and where it is unknown."""
    pid: int | None = None
    """Of its program; None where several hold it, or none."""
    is_measured: bool = True
    """Whether the driver counted it; else it is what the server reports."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Who holds what."""

    of: Mapping[str, tuple[Holding, ...]]
    """By the key of each GPU."""
    unplaced: tuple[Holding, ...] = ()
    """Models on GPUs of which it cannot be seen on which."""


def share_out(
    reading: Reading,
    running: Iterable[RunningModel] = (),
) -> Shares:
    """Say who holds the memory of each GPU.

    Args:
        reading: what was read.
        running: the loaded models, for those whose process cannot be seen.
    """
    seen = {gpu.key: _seen(gpu, reading) for gpu in reading.gpus}
    measured = {one.name for held in seen.values() for one in held if one.kind is Holder.MODEL}
    reported = tuple(
        Holding(Holder.MODEL, model.name, model.size_vram, is_measured=False)
        for model in running
        if model.size_vram and model.name not in measured
    )
    if len(reading.gpus) == 1 and reported:
        key = reading.gpus[0].key
        seen[key], reported = _with_reported(seen[key], reported), ()
    return Shares({gpu.key: _whole(gpu, seen[gpu.key]) for gpu in reading.gpus}, reported)


def _seen(gpu: Gpu, reading: Reading) -> tuple[Holding, ...]:
    held = [_holding(one, reading.models) for one in reading.processes if one.gpu == gpu.key]
    nameless = [one.used for one in held if one.kind is Holder.OLLAMA]
    others = tuple(one for one in held if one.kind is not Holder.OLLAMA)
    return (*others, _of_ollama(nameless)) if nameless else others


def _holding(process: GpuProcess, models: Mapping[int, str]) -> Holding:
    if process.pid in models:
        return Holding(Holder.MODEL, models[process.pid], process.used, pid=process.pid)
    if process.is_ollama:
        return Holding(Holder.OLLAMA, "", process.used)
    name = process.command or f"pid {process.pid}"
    return Holding(Holder.OTHER, name, process.used, process.user, process.pid)


def _of_ollama(parts: Iterable[int | None]) -> Holding:
    known = [part for part in parts if part is not None]
    return Holding(Holder.OLLAMA, OLLAMA, sum(known) if known else None)


def _with_reported(seen: tuple[Holding, ...], reported: tuple[Holding, ...]) -> tuple[Holding, ...]:
    """Models by what is reported; their bytes are no longer those of a nameless runner."""
    told = sum(one.used or 0 for one in reported)
    mine = [one.used for one in seen if one.kind is Holder.OLLAMA and one.used is not None]
    left = max(0, sum(mine) - told)
    others = tuple(one for one in seen if one.kind is not Holder.OLLAMA)
    return (*reported, *others, *((_of_ollama([left]),) if left >= WORTH_TELLING else ()))


def _whole(gpu: Gpu, seen: Iterable[Holding]) -> tuple[Holding, ...]:
    kinds = list(Holder)
    ordered = sorted(seen, key=lambda one: (kinds.index(one.kind), *_size_order(one)))
    free = (Holding(Holder.FREE, FREE, gpu.free),) if gpu.free is not None else ()
    if gpu.total is None or gpu.free is None:
        return (*ordered, *free)
    rest = gpu.total - gpu.free - sum(one.used or 0 for one in ordered)
    is_told = rest >= WORTH_TELLING
    unseen = (Holding(Holder.UNSEEN, UNSEEN, rest),) if is_told else ()
    return (*ordered, *unseen, *free)


def _size_order(one: Holding) -> tuple[int, int]:
    # Rows must not change places for a difference that is not seen.
    return -((one.used or 0) // WORTH_TELLING), one.pid or 0
