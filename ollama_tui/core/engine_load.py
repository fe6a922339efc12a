"""A load of a model, as the engine told it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

OWN_ENGINE = "--ollama-engine"
"""The argument of a runner that is Ollama's own engine, not llama.cpp."""


@dataclass(frozen=True, slots=True)
class Buffer:
    """A piece of memory that the engine reserved."""

    component: str
    """The part of the engine that did, such as `llama_kv_cache`."""
    device: str
    """Such as `CUDA0`, `CPU` and `CUDA_Host`."""
    kind: str
    """`model`, `KV`, `compute`, `output`, or `RS` for what recurrent layers remember."""
    size: int
    """Bytes."""
    error: int = 0
    """Bytes by which that may be off, since the log rounds."""

    @property
    def is_on_gpu(self) -> bool:
        """Whether it lies on a GPU (isGPUBuffer of Ollama's llm/llama_server.go)."""
        is_cpu = self.device in ("CPU", "BLAS") or self.device.startswith("CPU_")
        return not is_cpu and not self.device.endswith("_Host")

    @property
    def mirrors_file(self) -> bool:
        """Whether it shows a part of the model's file instead of holding a copy of its own."""
        return self.kind == "model" and (self.is_on_gpu or self.device.endswith("_Mapped"))


@dataclass(frozen=True, slots=True)
class EngineLoad:
    """A model's load, as the engine told it."""

    command: tuple[str, ...]
    """The runner's command line."""
    digest: str = ""
    """Hexadecimal, of the layer of the weights; empty if the command does not name it."""
    buffers: tuple[Buffer, ...] = ()
    file_size: int | None = None
    """Bytes of the weights; None if they were not told."""
    gpu_layers: int | None = None
    layers: int | None = None
    """How many layers it has; None if it was not told."""
    rough: int | None = None
    """Bytes by the engine's own table, which rounds to MiB; None if there was none."""
    slots: int | None = None
    """Requests that it serves at a time; None where the log does not say it (since 0.30)."""
    kv_type: str | None = None
    """What its cache was told to be of; None where the log does not say it (since 0.30)."""

    @property
    def port(self) -> str:
        """The port on which the runner listens, by which it can be told from later ones."""
        return self.value("--port")

    def value(self, name: str) -> str:
        """What follows an argument of the command; empty if it has none of that name."""
        return next((value for known, value in pairwise(self.command) if known == name), "")

    @property
    def is_on_gpus(self) -> bool:
        """Whether all of its layers are on GPUs."""
        return self.layers is not None and (self.gpu_layers or 0) >= self.layers

    @property
    def has_gpu(self) -> bool:
        """Whether a part of it is on one; a processor's AMX only counts as one in `ps`."""
        return any(buffer.is_on_gpu and buffer.device != "AMX" for buffer in self.buffers)

    @property
    def gpu_bytes(self) -> int:
        """Bytes of it on GPUs."""
        return sum(buffer.size for buffer in self.buffers if buffer.is_on_gpu)

    @property
    def size(self) -> int | None:
        """Bytes that it takes, counted as Ollama does but without a gap; None if not told.

        With all layers on GPUs what lies there; else all of it, where the weights count once
        though the engine may tell of a part twice.
        """
        if not any(buffer.kind in ("KV", "RS", "compute") for buffer in self.buffers):
            return self.rough
        if self.is_on_gpus and OWN_ENGINE not in self.command:
            return self.gpu_bytes
        whole = sum(buffer.size for buffer in self.buffers)
        return whole - self._twice()

    def size_by(self, reported: int) -> int | None:
        """Bytes that it takes: as the server says where that agrees but for the log's rounding.

        Args:
            reported: bytes that the server says.
        """
        if self.size is None:
            return None
        error = sum(buffer.error for buffer in self.buffers)
        return reported if abs(self.size - reported) <= error else self.size

    def _twice(self) -> int:
        mapped = [one.size for one in self.buffers if one.mirrors_file and not one.is_on_gpu]
        mirrored = sum(one.size for one in self.buffers if one.mirrors_file)
        over = max(0, mirrored - self.file_size) if self.file_size is not None else 0
        return min(sum(mapped), over)
