"""The GPUs as they are watched: the last reading, and what came before it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ollama_tui.core.gpus.holders import Shares, share_out
from ollama_tui.core.gpus.values import Reading
from ollama_tui.core.models import RunningModel

HISTORY = 16
"""How many readings back the history of a GPU goes."""
SILENT = Reading(why="The driver does not answer.")
"""What is known while the first reading does not come."""


@dataclass(frozen=True, slots=True)
class Gpus:
    """The last reading, and what it means."""

    reading: Reading = field(default_factory=Reading)
    shares: Shares = field(default_factory=lambda: Shares({}))
    """Who holds what."""
    history: tuple[tuple[float, ...], ...] = ()
    """The utilisation of each GPU in turn, 0 to 1, oldest first; what is unknown counts as 0."""
    as_of: float | None = None
    """When it was read, seconds since 1970, if that was too long ago; None if it is fresh."""

    @property
    def free(self) -> int | None:
        """Bytes that are free on all GPUs; None where that is not known now."""
        return self.reading.free if self.as_of is None else None

    def followed_by(self, reading: Reading, running: Iterable[RunningModel] = ()) -> Gpus:
        """With a new reading; the very same value if nothing has changed.

        Args:
            reading: what was read.
            running: the loaded models.
        """
        known = {gpu.key: past for gpu, past in zip(self.reading.gpus, self.history, strict=True)}
        history = tuple(
            (*known.get(gpu.key, ()), gpu.utilisation or 0.0)[-HISTORY:] for gpu in reading.gpus
        )
        after = Gpus(reading, share_out(reading, running), history)
        return self if after == self else after

    def grown_old(self, as_of: float) -> Gpus:
        """With no new reading for too long."""
        return self if self.as_of is not None else replace(self, as_of=as_of)
