"""The parts of what a model takes, as words that add up."""

from __future__ import annotations

from collections.abc import Sequence


def shares(parts: Sequence[int], whole: int) -> tuple[str, ...]:
    """Parts of memory in one unit, rounded so that what is shown adds up to their sum.

    Args:
        parts: bytes.
        whole: what the unit is to suit: in MiB below 1 GiB, where tenths of it would hide much.
    """
    unit, step, tenths = ("GiB", 2**30 / 10, 10) if whole >= 2**30 else ("MiB", 2**20, 1)
    counts = [int(part // step) for part in parts]
    largest_rest_first = sorted(range(len(parts)), key=lambda at: -(parts[at] % step))
    for at in largest_rest_first[: round(sum(parts) / step) - sum(counts)]:
        counts[at] += 1
    return tuple(f"{count / tenths:.{tenths // 10}f} {unit}" for count in counts)
