"""Whether a model fits into the video memory that is free, and up to which context."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace
from enum import Enum

from ollama_tui.core.memory.estimate import RunnerOptions, context_of, estimate
from ollama_tui.core.memory.shape import Shape

_SPARE = 2**30
_SMALLEST, _LARGEST = 1024, 2**22


class Verdict(Enum):
    """How a model goes into what is free."""

    FITS = "fits"
    TIGHT = "tight"
    """It goes in, but leaves less than should stay free."""
    SPILLS = "spills"
    """A part of it, or all, will be on the CPU, where it is slow."""


def spare_of(total: int) -> int:
    """What should stay free beside it: 1 GiB, as llama.cpp leaves, or 5 % of a large one.

    https://github.com/ggml-org/llama.cpp/issues/16653
    """
    return max(_SPARE, total // 20)


def verdict_on(total: int | None, free: int | None) -> Verdict | None:
    """Whether so many bytes fit into those that are free; None if either is not known."""
    if total is None or free is None:
        return None
    if total + spare_of(total) <= free:
        return Verdict.FITS
    return Verdict.TIGHT if total <= free else Verdict.SPILLS


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
