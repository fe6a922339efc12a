"""The GPUs: how full and how busy each is, and who holds its memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.reactive import var

from ollama_tui.core import units
from ollama_tui.tui.lines import Line, line, loud, quiet
from ollama_tui.tui.widgets.row_list import RowList

if TYPE_CHECKING:
    from ollama_tui.core.gpus import Gpus
    from ollama_tui.tui.widgets.gpu_rows import Row

_WHOLE_FROM = 76
"""Cells from which the title has room for why GPUs are read elsewhere."""


class GpuPanel(RowList):
    """A row a GPU, below it who holds its memory; all GPUs first where not all rows fit."""

    gpus: var[Gpus | None] = var(None)

    def __init__(self, *, id: str | None = None) -> None:
        """Show nothing yet."""
        super().__init__(id=id)
        self._rows: tuple[Row, ...] = ()

    def heading(self) -> Line:
        """The panel's title: what is used of how much; if that is all, of each GPU."""
        title = line(quiet("3 "), loud("GPU"))
        if self.gpus is None:
            return title
        if (words := self.gpus.reading.elsewhere) and self.outer_size.width < _WHOLE_FROM:
            words = words.partition(":")[0]
        if not words:
            words = _summary(self.gpus, self.outer_size.width - 12, not self.size.height)
        return (*title, quiet(f"  {words}")) if words else title

    def row(self, index: int, width: int) -> Sequence[Line]:
        """A GPU, or one who holds a part of it."""
        return self._rows[index].lines

    def row_height(self, index: int) -> int:
        """How many lines it has."""
        return len(self._rows[index].lines)

    def watch_gpus(self) -> None:
        """Show what was read."""
        self._put()

    def on_resize(self) -> None:
        """Show as much as there is room for, in the title if that is all."""
        self._put()
        self._retitle()

    def _put(self) -> None:
        width, height = self.size
        if self.gpus is None or not height:
            self._rows = ()
        else:
            from ollama_tui.tui.widgets.gpu_rows import rows_in

            self._rows = rows_in(self.gpus, width, height, has_history=not self.is_ascii)
        self.put_rows(tuple(row.name for row in self._rows))


def _summary(gpus: Gpus, room: int, is_all: bool) -> str:
    from ollama_tui.tui.widgets.gpu_rows import memory_words

    reading = gpus.reading
    age = f"as of {units.clock(gpus.as_of)}" if gpus.as_of is not None else ""
    each = " · ".join(f"{gpu.short_name} {memory_words(gpu)}" for gpu in reading.gpus)
    whole = " · ".join(filter(None, (age, f"{each} GiB" if each else reading.why)))
    if is_all and (cell_len(whole) <= room or not each):
        return whole
    count = f"{len(reading.gpus)}" if len(reading.gpus) > 2 else ""
    is_known = reading.used is not None and reading.total is not None
    sums = f"{units.gibibytes(reading.used)} of {units.memory(reading.total)}"
    return " · ".join(filter(None, (age, count, sums if is_known else "")))
