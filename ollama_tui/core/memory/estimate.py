"""How much memory a model will take, term by term, each with where it is from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ollama_tui.core.memory.shape import Layer, Shape

DEFAULT_CONTEXT = 4096
"""What a server gives with less than 23 GiB of video memory (Ollama's server/routes.go)."""
_CONTEXTS = ((47, 262144), (23, 32768), (0, DEFAULT_CONTEXT))
_CUDA = 457 * 2**20
_CELLS = 256


class KvType(Enum):
    """How numbers of the KV cache are kept, as OLLAMA_KV_CACHE_TYPE names it."""

    F16 = "f16"
    Q8_0 = "q8_0"
    Q4_0 = "q4_0"

    @classmethod
    def named(cls, name: str) -> KvType | None:
        """The one of that name; None if there is none."""
        return next((kind for kind in cls if kind.value == name), None)

    def bytes_of(self, numbers: int) -> int:
        """What so many numbers take: q8_0 is 34 bytes for 32 of them, not one byte each.

        https://github.com/ggml-org/ggml/blob/master/src/ggml-common.h
        """
        return numbers * {"f16": 64, "q8_0": 34, "q4_0": 18}[self.value] // 32


@dataclass(frozen=True, slots=True)
class RunnerOptions:
    """How a model is loaded."""

    context: int = DEFAULT_CONTEXT
    """Tokens of each slot, as asked for."""
    kv: KvType = KvType.F16
    parallel: int = 1
    """Slots, as OLLAMA_NUM_PARALLEL says."""
    gpus: int = 1
    """Over how many GPUs it is spread; 0 to run on the CPU."""
    batch: int | None = None
    """Tokens that are computed at once; None for the server's own rule."""
    has_flash_attention: bool = True
    is_old: bool = False
    """Whether the server is one before 0.30, which has an engine of its own."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a model will take, in bytes."""

    weights: int | None
    """None if that is not known."""
    kv: int
    recurrent: int
    compute: int
    overhead: int

    @property
    def engine(self) -> int | None:
        """What the engine itself reserves, without what a GPU's driver takes; None if unknown."""
        if self.weights is None:
            return None
        return self.weights + self.kv + self.recurrent + self.compute

    @property
    def total(self) -> int | None:
        """All of it; None if that is not known."""
        return None if self.engine is None else self.engine + self.overhead


def estimate(shape: Shape, options: RunnerOptions) -> Estimate:
    """What a model takes where it is loaded so: on all GPUs together, or on the CPU."""
    weights = shape.weights
    if weights is not None and not options.gpus:
        weights += shape.host_weights
    return Estimate(
        weights,
        kv_bytes(shape, options),
        recurrent_bytes(shape, options),
        compute_bytes(shape, options),
        overhead_bytes(shape, options),
    )


def server_context(total_vram: int) -> int:
    """The context that a server gives where nobody says one, by its GPUs' memory in all.

    https://github.com/ollama/ollama/blob/fb30760996871fa9460115c753afd2c60d4ab0f7/server/routes.go
    """
    return next(context for gib, context in _CONTEXTS if total_vram >= gib * 2**30)


def context_of(shape: Shape, options: RunnerOptions) -> int:
    """Tokens that a slot gets: no more than the model was trained for.

    https://github.com/ollama/ollama/blob/fb30760996871fa9460115c753afd2c60d4ab0f7/server/sched.go
    """
    return min(options.context, shape.trained) if shape.trained else options.context


def slot_cells(shape: Shape, options: RunnerOptions) -> int:
    """Cells of a slot, a multiple of 256 (llama.cpp's llama-context.cpp, `n_ctx_seq`)."""
    return _whole_cells(context_of(shape, options))


def window_cells(shape: Shape, options: RunnerOptions) -> int:
    """Cells of a slot in a layer that sees a window: that and a batch, as seen on the engine.

    https://github.com/ggml-org/llama.cpp/blob/master/src/llama-kv-cache-iswa.cpp
    """
    window = _whole_cells(shape.window + batch_of(shape, options))
    return min(slot_cells(shape, options), window)


def batch_of(shape: Shape, options: RunnerOptions) -> int:
    """Tokens that are computed at once, which more context makes more, as seen since 0.30.

    https://github.com/ollama/ollama/blob/fb30760996871fa9460115c753afd2c60d4ab0f7/server/sched.go#L793
    """
    if options.batch or shape.num_batch:
        return options.batch or shape.num_batch or 0
    tokens = context_of(shape, options) * options.parallel
    return 512 if tokens <= 4096 else 1024 if tokens <= 32768 else 2048


def kv_bytes(shape: Shape, options: RunnerOptions) -> int:
    """The keys and values of all layers that attend, each of its own width.

    https://github.com/ollama/ollama/blob/fb30760996871fa9460115c753afd2c60d4ab0f7/fs/ggml/ggml.go#L648
    and, for windows, hybrid models and MLA,
    https://github.com/gpustack/gguf-parser-go/blob/main/file_estimate__llamacpp.go
    """
    full, window = slot_cells(shape, options), window_cells(shape, options)

    def of(layer: Layer) -> int:
        cells = (window if layer.slides else full) * options.parallel
        # Without flash attention the values cannot be quantised.
        values = options.kv if options.has_flash_attention else KvType.F16
        keys = options.kv.bytes_of(cells * layer.key_width)
        return keys + values.bytes_of(cells * layer.value_width)

    return sum(map(of, shape.layers))


def recurrent_bytes(shape: Shape, options: RunnerOptions) -> int:
    """What recurrent layers keep, in F32, once a slot and whatever the context.

    https://github.com/ggml-org/llama.cpp/blob/master/src/llama-memory-recurrent.cpp
    """
    return 4 * options.parallel * sum(layer.state for layer in shape.layers)


def compute_bytes(shape: Shape, options: RunnerOptions) -> int:
    """The room to compute in, with the mask; each GPU has its own.

    Before 0.30, and where the feed-forward part is not told, it is calibrated on logs of Llama-3
    8B (258.50 MiB). Without flash attention all of a batch's attention has to fit:
    https://github.com/ollama/ollama/blob/fb30760996871fa9460115c753afd2c60d4ab0f7/fs/ggml/ggml.go#L648
    """
    batch, is_old = batch_of(shape, options), options.is_old or not shape.feed
    numbers = shape.vocabulary + shape.width if is_old else _busiest(shape)
    room = 4 * batch * numbers
    if not options.has_flash_attention:
        tokens = slot_cells(shape, options) * options.parallel
        attention = 4 * batch * (1 + 4 * shape.width + tokens * (1 + shape.heads))
        room = max(room, attention)
    # The older engine keeps the mask in main memory.
    if not (is_old and options.gpus):
        room += mask_bytes(shape, options)
    return room * max(1, options.gpus)


def _busiest(shape: Shape) -> int:
    """Numbers for a token in the busiest part of a layer, with what goes past that part.

    Eight loads on an H200 with Ollama 0.32.15 (llama, qwen3 and gemma3 with vocabularies of
    128,000 to 262,000 words) meet it to the MiB; mixtures of experts are below it by a fifth.
    """
    kept = max((layer.key_width + layer.value_width for layer in shape.layers), default=0)
    attention = 2 * shape.width + 2 * shape.queries + kept
    return max(attention, shape.feed + 2 * shape.width + shape.queries)


def mask_bytes(shape: Shape, options: RunnerOptions) -> int:
    """Which token sees which, in F16.

    Seen on the engine; a model with windows has a second one for them.
    """
    cells = slot_cells(shape, options)
    if shape.window:
        cells += window_cells(shape, options)
    return 2 * batch_of(shape, options) * cells


def overhead_bytes(shape: Shape, options: RunnerOptions) -> int:
    """The part that reads images, and what Ollama leaves to CUDA on each GPU, 457 MiB.

    https://github.com/ollama/ollama/blob/fb30760996871fa9460115c753afd2c60d4ab0f7/ml/device.go
    """
    return shape.projector + cuda_bytes(options.gpus)


def cuda_bytes(gpus: int) -> int:
    """What the driver takes on so many GPUs beside what the engine reserves."""
    return _CUDA * gpus


def _whole_cells(tokens: int) -> int:
    return -(-tokens // _CELLS) * _CELLS
