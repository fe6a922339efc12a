"""The computer that the emulated server runs on."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Machine:
    """The computer that the server runs on."""

    vram: int | None = None
    """Bytes of GPU memory, 0 for a machine without a GPU; None when it never runs short."""
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
