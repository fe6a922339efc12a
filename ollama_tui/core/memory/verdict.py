"""Whether what a model takes fits into the video memory that is free."""

from __future__ import annotations

from enum import Enum

_SPARE = 2**30


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


def missing_for(total: int | None, free: int | None) -> int:
    """Bytes that so many lack, with what should stay free; 0 if either is not known."""
    return 0 if total is None or free is None else max(0, total + spare_of(total) - free)
