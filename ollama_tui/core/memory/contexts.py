"""The contexts that one would choose from, and the largest of them that fits."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace

from ollama_tui.core.memory.estimate import RunnerOptions, context_of, estimate
from ollama_tui.core.memory.shape import Shape
from ollama_tui.core.memory.verdict import Verdict, verdict_on

_SMALLEST, _LARGEST = 1024, 2**22


def max_context(shape: Shape, options: RunnerOptions, free: int | None) -> int | None:
    """The largest of the usual contexts that still fits; None if none does, or it is unknown."""
    if free is None:
        return None

    def is_too_large(context: int) -> bool:
        total = estimate(shape, replace(options, context=context)).total
        return verdict_on(total, free) is not Verdict.FITS

    # More context never takes less.
    steps = contexts(shape, options)
    count = bisect_left(steps, True, key=is_too_large)
    return steps[count - 1] if count else None


def contexts(shape: Shape, options: RunnerOptions) -> tuple[int, ...]:
    """The contexts that one would choose from, up to the trained one."""
    last = shape.trained or max(_SMALLEST, context_of(shape, options))
    return tuple(sorted({last, *(step for step in _steps() if step < last)}))


def _steps() -> Iterator[int]:
    """Powers of two, and one between each two of them."""
    step = _SMALLEST
    while step <= _LARGEST:
        yield step
        if step >= 8192:
            yield step * 3 // 2
        step *= 2
