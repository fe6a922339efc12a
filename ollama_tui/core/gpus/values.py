"""What was read of the GPUs, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

_MAKERS = ("NVIDIA ", "GeForce ", "AMD ", "Advanced Micro Devices, Inc. ", "Radeon RX")


@dataclass(frozen=True, slots=True)
class Gpu:
    """A card, or a slice of one; each figure is None where it cannot be known."""

    index: int
    """As its driver counts."""
    name: str = ""
    uuid: str = ""
    """What the driver knows it by; empty if it does not say."""
    maker: str = "nvidia"
    total: int | None = None
    """Bytes of memory."""
    used: int | None = None
    free: int | None = None
    utilisation: float | None = None
    """The part of the time in which it was at work lately, 0 to 1."""
    temperature: int | None = None
    """Degrees Celsius."""
    power: float | None = None
    """Watts."""
    power_limit: float | None = None
    slice: int | None = None
    """Which part of the card it is under MIG; None for a whole card."""
    is_shared: bool = False
    """Whether it is a part of the processor, and uses the machine's own memory."""

    @property
    def label(self) -> str:
        """The number that people call it by: `0`, or `0.2` for a slice."""
        return f"{self.index}" if self.slice is None else f"{self.index}.{self.slice}"

    @property
    def key(self) -> str:
        """What it can be told apart by, also from one of another maker."""
        return self.uuid or f"{self.maker} {self.label}"

    @property
    def short_name(self) -> str:
        """Its name without the maker's: `RTX 4090`."""
        name = self.name
        for maker in _MAKERS[:-1]:
            name = name.removeprefix(maker)
        return name.removeprefix("Radeon ") if name.startswith(_MAKERS[-1]) else name

    @property
    def share(self) -> float | None:
        """The part of its memory that is used, 0 to 1."""
        return self.used / self.total if self.used is not None and self.total else None


@dataclass(frozen=True, slots=True)
class GpuProcess:
    """A program that holds memory of a GPU."""

    gpu: str
    """The key of the GPU."""
    pid: int
    used: int | None = None
    """Bytes; None where the driver does not tell."""
    user: str = ""
    """Empty where it cannot be seen."""
    command: str = ""
    """Its name alone; empty where it cannot be seen."""
    is_ollama: bool = False
    """Whether Ollama started it, or it is Ollama."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a look at all GPUs brought."""

    gpus: tuple[Gpu, ...] = ()
    processes: tuple[GpuProcess, ...] = ()
    why: str = ""
    """A line on what could not be read, and why; empty if all could."""
    models: Mapping[int, str] = field(default_factory=dict)
    """The models by the process that serves each, as far as they are known."""
    elsewhere: str = ""
    """Why nothing was read: the server is on another machine; empty if it is on this one."""
    is_broken: bool = False
    """Whether `why` tells of a driver or a card that a restart may mend."""
    has_driver: bool = False
    """Whether a maker's driver answered, with GPUs or without."""

    def naming(self, models: Mapping[int, str]) -> Reading:
        """With more models by the process that serves each."""
        return replace(self, models={**self.models, **models}) if models else self

    def held_by(self, pid: int) -> int | None:
        """Bytes that a process of Ollama's holds on all GPUs; None where that is not told."""
        return _sum([one.used for one in self.processes if one.pid == pid and one.is_ollama])

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell: no GPU, and nothing that hides one."""
        return not (self.gpus or self.why or self.elsewhere)

    @property
    def free(self) -> int | None:
        """Bytes that are free on all GPUs; None if one of them does not tell, or there is none."""
        return _sum([gpu.free for gpu in self.gpus])

    @property
    def used(self) -> int | None:
        """Bytes that are used on all GPUs; None likewise."""
        return _sum([gpu.used for gpu in self.gpus])

    @property
    def total(self) -> int | None:
        """Bytes that all GPUs have; None likewise."""
        return _sum([gpu.total for gpu in self.gpus])


def _sum(sizes: list[int | None]) -> int | None:
    known = [size for size in sizes if size is not None]
    return sum(known) if sizes and len(known) == len(sizes) else None
