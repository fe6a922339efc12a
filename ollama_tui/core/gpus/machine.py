"""All GPUs of this machine, for a server that is on it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from ollama_tui.core.gpus.place import why_elsewhere
from ollama_tui.core.gpus.values import Reading

PLACE_SECONDS = 60.0
"""How long what is known of the server's place is believed."""


class GpuSource(Protocol):
    """Somebody who can be asked for the GPUs; it may take long."""

    def read(self) -> Reading:
        """What can be known of them now."""
        ...


class MachineGpus:
    """NVIDIA's and AMD's cards; nothing is asked where the server is on another machine."""

    def __init__(
        self,
        url: str,
        sources: tuple[GpuSource, ...] | None = None,
        elsewhere: Callable[[str], str] = why_elsewhere,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Ask nothing yet.

        Args:
            url: the server's address.
            sources: who knows of GPUs; None: NVIDIA's library and AMD's driver.
            elsewhere: tells why an address is not this machine's.
            clock: seconds, for when the place is looked at again.
        """
        self._url, self._sources = url, sources
        self._elsewhere, self._clock = elsewhere, clock
        self._place, self._place_until = "", 0.0

    def read(self) -> Reading:
        """What can be known of them now, or why nothing is."""
        if self._clock() >= self._place_until:
            self._place = self._elsewhere(self._url)
            self._place_until = self._clock() + PLACE_SECONDS
        if self._place:
            return Reading(elsewhere=self._place)
        if self._sources is None:
            self._sources = _usual_sources()
        return together([source.read() for source in self._sources])


def together(readings: list[Reading]) -> Reading:
    """Several readings as one."""
    return Reading(
        tuple(gpu for one in readings for gpu in one.gpus),
        tuple(process for one in readings for process in one.processes),
        "; ".join(one.why for one in readings if one.why),
        is_broken=any(one.is_broken for one in readings),
        has_driver=any(one.has_driver for one in readings),
    )


def _usual_sources() -> tuple[GpuSource, ...]:
    from ollama_tui.core.gpus.amd import Amd
    from ollama_tui.core.gpus.nvidia import Nvidia

    return (Nvidia(), Amd())
