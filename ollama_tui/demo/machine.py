"""The computer that the emulated server runs on."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Machine:
    """The computer that the server runs on."""

    vram: int | None = None
    """Bytes of GPU memory, 0 for a machine without a GPU; None when it never runs short."""
    cards: tuple[int, ...] = ()
    """Bytes of each GPU; what is too large for one goes over all. Empty for a single one."""
    load_rate: float = math.inf
    """Bytes of weights a second when a model is loaded."""
    verify_rate: float = math.inf
    """Bytes a second when a downloaded layer is checked."""
    context_length: int = 4096
    """The context of a model that is loaded without one."""
    disk: int | None = None
    """Bytes of the disk that has nothing but models; None when it never fills up."""
    is_loopback: bool = False
    """The server listens to this machine only, and so refuses a foreign Host header."""


def default_context(vram: int) -> int:
    """Return what a server gives unasked where its GPUs have so much memory in all."""
    gibibytes = vram / 2**30
    return 262144 if gibibytes >= 47 else 32768 if gibibytes >= 23 else 4096
