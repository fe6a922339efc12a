"""What can be read on the machine itself, beside what the server answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ollama_tui.core.start_log import StartLog

if TYPE_CHECKING:
    from ollama_tui.core.gpus.machine import GpuSource
    from ollama_tui.core.model_disk import ModelDisk


def _nobodys_disk() -> ModelDisk:
    from ollama_tui.core.model_disk import ModelDisk

    return ModelDisk(None)


@dataclass(frozen=True, slots=True)
class Machine:
    """Who looks at the server's machine, as far as this program is on it."""

    disk: ModelDisk = field(default_factory=_nobodys_disk)
    """Looks at the disk of the models."""
    gpus: GpuSource | None = None
    """Looks at the GPUs; None: nobody does, as if there were none."""
    log: StartLog = field(default_factory=StartLog)
    """Tells of the server's start."""
