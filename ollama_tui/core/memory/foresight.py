"""What Ollama itself expects a model to take, by which it lets go of others for it."""

from __future__ import annotations

from ollama_tui.core.memory.estimate import RunnerOptions, context_of
from ollama_tui.core.memory.shape import Shape

_FOR_BATCHES = ((2048, 2 * 2**30), (1024, 768 * 2**20), (0, 0))
"""Bytes that are added for a batch that the model asks for."""


def foreseen(shape: Shape, options: RunnerOptions, size: int | None) -> int | None:
    """Bytes that a server expects: the file, and a cache in F16 of heads that share the width.

    That is often less than it takes, and not asked of the engine: `PredictServerVRAM`,
    https://github.com/ollama/ollama/blob/v0.32.15/llm/llama_server.go. None before 0.30, where a
    server lays a model out to see, and where the heads are not told.

    Args:
        shape: what determines its memory.
        options: how it is loaded.
        size: bytes of all its files; None if unknown.
    """
    if options.is_old or size is None or not shape.heads or shape.kv_heads is None:
        return None
    numbers = 2 * len(shape.layers) * shape.kv_heads * (shape.width // shape.heads)
    cache = 2 * numbers * context_of(shape, options) * options.parallel
    batch = next(more for least, more in _FOR_BATCHES if (shape.num_batch or 0) >= least)
    return size - shape.projector + cache + batch


def missing_beside(expected: int, free: int) -> int:
    """Bytes that others have to let go of: a fifth of what is free is to stay so.

    https://github.com/ollama/ollama/blob/v0.32.15/server/sched.go
    """
    return max(0, -(-expected * 5 // 4) - free)
