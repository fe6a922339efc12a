"""Which loaded models a server may let go of to load one more."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ollama_tui.core.models import Model, RunningModel


@dataclass(frozen=True, slots=True)
class Eviction:
    """What loading a model can push out of memory."""

    candidates: tuple[RunningModel, ...] = ()
    """In the order in which the server is likely to choose; empty where nothing can go."""
    is_certain: bool = False
    """Whether one of them has to go: the server holds as many as it may."""

    def until_free(self, missing: int) -> tuple[RunningModel, ...]:
        """Those that would go, until that many bytes of video memory are free."""
        going: list[RunningModel] = []
        for one in self.candidates:
            is_over = self.is_certain and not going
            if missing <= 0 and not is_over:
                break
            if one.size_vram or is_over:
                going.append(one)
                missing -= one.size_vram
        return tuple(going)


def eviction(
    model: Model,
    running: Sequence[RunningModel],
    now: float,
    *,
    limit: int = 0,
    loading: Collection[str] = (),
) -> Eviction:
    """What may go when a model is loaded.

    A server lets go of the idle one with the shortest keep-alive first, and waits for one that
    is at work only if none is idle; one that is pinned goes last, but it does go. It does not
    tell a keep-alive, so that what is left of it stands for it, and one that is overdue is
    taken to be at work.

    Args:
        model: the one to be loaded.
        running: what is loaded now.
        now: seconds since 1970.
        limit: how many models the server keeps loaded; 0 if that is not known.
        loading: the names of what else is being loaded; some of it may be listed already.
    """
    others = [one for one in running if not one.is_of(model)]

    def goes(one: RunningModel) -> tuple[bool, float]:
        left = one.time_left(now)
        return left is None, math.inf if left is None or left < 0 else left

    held = {one.name for one in others} | set(loading)
    return Eviction(tuple(sorted(others, key=goes)), bool(others) and 0 < limit <= len(held))
