"""The demo's GPUs as the values that the program knows."""

from __future__ import annotations

from ollama_tui.core.gpus import Gpu, GpuProcess, Reading
from ollama_tui.demo.gpus import DemoGpus, Look, Share


class DemoSource:
    """What can be asked for the demo's GPUs."""

    def __init__(self, gpus: DemoGpus) -> None:
        """Ask these."""
        self._gpus = gpus

    def read(self) -> Reading:
        """The cards as they are now."""
        looks = self._gpus.look()
        shares = [share for look in looks for share in look.shares]
        return Reading(
            tuple(_gpu(index, look) for index, look in enumerate(looks)),
            tuple(map(_process, shares)),
            models={share.pid: share.model for share in shares if share.model},
        )


def _gpu(index: int, look: Look) -> Gpu:
    return Gpu(
        index,
        look.card.name,
        look.card.uuid,
        total=look.card.total,
        used=look.used,
        free=look.card.total - look.used,
        utilisation=look.utilisation,
        temperature=look.temperature,
        power=look.power,
        power_limit=look.card.watts,
    )


def _process(share: Share) -> GpuProcess:
    return GpuProcess(share.uuid, share.pid, share.used, share.user, share.command, share.is_ollama)
