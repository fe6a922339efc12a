"""What a download will fetch, and whether it fits on the disk."""

from __future__ import annotations

from dataclasses import dataclass

from ollama_tui.core.units import space

_WORTH_A_WORD = 0.005
"""The part of a model that is worth a word."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a download will fetch, and the room that there is for it."""

    total: int
    """Bytes of the whole model."""
    here: int = 0
    """Bytes of the layers that the server has."""
    partial: int = 0
    """Bytes that have arrived of layers that it does not have whole; 0 where nobody knows."""
    held: int = 0
    """Bytes that the files of these layers take on the disk by now.

    They are sparse, so what has not arrived is not reserved; what arrived and has to be fetched
    again takes no more room.
    """
    free: int | None = None
    """Bytes that are left on the disk of the model folder; None: nobody knows."""
    promised: int = 0
    """Bytes of that disk that other downloads will take yet."""
    weights: int | None = None
    """Bytes of it that go into memory where it is loaded; None where nobody knows."""

    @property
    def to_fetch(self) -> int:
        """Bytes that have to arrive still."""
        return max(0, self.total - self.here - self.partial)

    @property
    def is_new(self) -> bool:
        """Whether nothing worth a word is here: a licence or a template is a few kB."""
        return self.total - self.to_fetch < _WORTH_A_WORD * self.total

    @property
    def to_store(self) -> int:
        """Bytes of the disk that this will take."""
        return max(0, self.total - self.here - max(self.partial, self.held))

    @property
    def shortage(self) -> int:
        """Bytes that the disk lacks; 0 if they fit, or if nobody knows."""
        return 0 if self.free is None else max(0, self.to_store + self.promised - self.free)

    @property
    def left(self) -> int | None:
        """Bytes that will be free once all is here; None if nobody knows."""
        if self.free is None:
            return None
        return max(0, self.free - self.to_store - self.promised)

    @property
    def lacks_space(self) -> bool:
        """Whether the disk is known to be too full."""
        return self.shortage > 0

    @property
    def words(self) -> str:
        """All of it on one line: `4.1 GB to fetch of 5.2 GB; 310 GB free`."""
        words = f"{space(self.to_fetch) if self.to_fetch else 'nothing'} to fetch"
        if not self.is_new:
            words += f" of {space(self.total)}"
        if self.free is not None:
            words += f"; {space(self.free)} free"
        return f"{words}, {space(self.shortage)} too few" if self.lacks_space else words
