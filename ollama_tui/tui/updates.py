"""What is written to the terminal of a line that has changed: from its first dirty cell on."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate
from textual.strip import Strip


class DirtyCells(ChopsUpdate):
    """An update that begins each line where it has changed.

    Textual 8.2.8 begins at the left edge of the widget, which for a figure at the right edge of
    a panel is most of what it writes.
    """

    @classmethod
    def of(cls, update: ChopsUpdate) -> DirtyCells:
        """The same update, written this way."""
        return cls(update.chops, update.spans, update.chop_ends)

    def render_segments(self, console: Console) -> str:
        """The update as it goes to the terminal."""
        pieces: list[str] = []
        for x, y, strip in self._dirty():
            pieces += (Control.move_to(x, y).segment.text, strip.render(console))
        return "".join(pieces)

    def _dirty(self) -> Iterator[tuple[int, int, Strip]]:
        for y, start, end in self.spans:
            for piece_end, (x, strip) in zip(
                self.chop_ends[y], self.chops[y].items(), strict=False
            ):
                if strip is None or x >= end or piece_end <= start:
                    continue
                first, last = max(x, start), min(piece_end, end)
                yield first, y, strip.crop(first - x, last - x)
