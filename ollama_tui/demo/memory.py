"""What the emulated engine reserves for a model: the buffers that llama.cpp lists in its log."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Mapping
from functools import lru_cache

from ollama_tui.demo.machine import Machine
from ollama_tui.demo.manifests import Manifest, ModelConfig
from ollama_tui.demo.tensors import tensors

_BYTES = {
    "F32": 4.0, "F16": 2.0, "BF16": 2.0, "Q8_0": 34 / 32, "Q6_K": 210 / 256, "Q4_K": 144 / 256,
    "Q4_0": 18 / 32, "MXFP4": 17 / 32,
}  # fmt: skip
_GLOBAL_EACH = {"gemma3": 6, "gptoss": 2}
"""Which layer sees everything, where the others see a window."""
_WITHOUT_CACHE = ("bert", "nomic-bert")
_ROOM = 1.5 * 2**30
"""What a GPU should have beside a model that is not spread."""
_OFF = 0.02
"""How much more an engine takes than its buffers at most, as a part of them."""


def memory_size(model: Manifest, context_length: int, machine: Machine) -> int:
    """Return what a model takes with this context, on all GPUs together."""
    weights = _weights(model)
    if not model.config.model_info:
        return int(weights * 1.05)
    batch = 512 if context_length <= 4096 else 1024 if context_length <= 32768 else 2048
    compute = _room_to_compute(model, context_length, batch)
    size = weights + sum(_caches(model, context_length, batch)) + compute + _projector(model)
    if machine.cards and size + _ROOM > max(machine.cards):
        # Each GPU computes in a room of its own.
        size += compute * (len(machine.cards) - 1)
    return int(size * (1 + _OFF * zlib.crc32(model.digest.encode()) / 2**32))


def _weights(model: Manifest) -> float:
    """The tensors that are multiplied; the words that go in stay in main memory."""
    sizes = _sizes(model)
    words = sizes.get("token_embd.weight", 0) if "output.weight" in sizes else 0
    return sum(sizes.values()) - words or (model.weights.size if model.weights else 0)


def _projector(model: Manifest) -> float:
    """The part that reads images, which no list of tensors names."""
    return model.size - sum(_sizes(model).values()) if _number(model, "vision.block_count") else 0


def _sizes(model: Manifest) -> Mapping[str, float]:
    """The bytes of each tensor."""
    return _sizes_of(model.config)


@lru_cache(maxsize=64)
def _sizes_of(config: ModelConfig) -> Mapping[str, float]:
    return {str(one["name"]): _bytes(one["type"], one["shape"]) for one in tensors(config)}


def _bytes(kind: object, shape: object) -> float:
    return _BYTES[str(kind)] * math.prod(shape if isinstance(shape, list) else ())


def _room_to_compute(model: Manifest, context_length: int, batch: int) -> int:
    """The busiest part of a layer for each token of a batch, and which token sees which."""
    width, inner = _number(model, "embedding_length"), _number(model, "feed_forward_length")
    heads, head = _number(model, "attention.head_count"), _number(model, "attention.key_length")
    busiest = 3 * inner
    if experts := _number(model, "expert_used_count"):
        inner = _number(model, "expert_feed_forward_length") or inner
        busiest = experts * (3 * inner + 2 * width)
    cells = _whole(context_length)
    if _number(model, "attention.sliding_window"):
        cells += _near(model, context_length, batch)
    return 4 * batch * (busiest + 2 * width + (heads * head or width)) + 2 * batch * cells


def _near(model: Manifest, context_length: int, batch: int) -> int:
    """Cells of a layer that sees a window."""
    window = _whole(_number(model, "attention.sliding_window") + batch)
    return min(_whole(context_length), window)


def _caches(model: Manifest, context_length: int, batch: int) -> Iterator[int]:
    """The keys and values of each layer, in F16."""
    family = model.config.family
    if family in _WITHOUT_CACHE:
        return
    width = _number(model, "attention.head_count_kv") * _number(model, "attention.key_length")
    cells, near = _whole(context_length), _near(model, context_length, batch)
    each = _GLOBAL_EACH.get(family, 1)
    for layer in range(1, _number(model, "block_count") + 1):
        yield 2 * 2 * width * (near if layer % each else cells)


def _whole(tokens: int) -> int:
    return -(-tokens // 256) * 256


def _number(model: Manifest, what: str) -> int:
    info = model.config.model_info
    value = info.get(f"{info.get('general.architecture')}.{what}", 0)
    return value if isinstance(value, int) else 0
