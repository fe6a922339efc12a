"""The dialog that shows what fills the disk of the models."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import ClassVar, overload

from rich.cells import cell_len
from textual import getters
from textual.binding import Binding, BindingType
from textual.widget import Widget

from ollama_tui.core.disk_parts import Cells, Part, disk_parts
from ollama_tui.core.disk_usage import DiskUsage
from ollama_tui.core.model_store import Count
from ollama_tui.tui.lines import Line, elided, fitted, line, quiet, wrapped
from ollama_tui.tui.screens.dialog import Dialog
from ollama_tui.tui.widgets.pager import Pager

_NAME_AT_LEAST = 12
_TOLD_EVERY = 0.5
"""Seconds between two looks at how many files were read."""


class DiskUsageScreen(Dialog[None]):
    """Each model with its bytes, what is left of downloads, what nobody needs, what is free."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,D,enter", "leave", show=False),
        Binding("r", "read", show=False),
    ]

    WIDTH = None

    pager = getters.query_one(Pager)

    def __init__(
        self, read: Callable[[Count], Awaitable[DiskUsage]], clock: Callable[[], float]
    ) -> None:
        """Open at once, and read then.

        Args:
            read: tells what fills the disk, and counts meanwhile.
            clock: seconds since 1970.
        """
        keys = (("↑↓ pgdn g G", "move"), ("r", "read again"), ("esc", "close"))
        super().__init__("What fills the disk", keys)
        self._read, self._clock = read, clock
        self._parts: tuple[Part, ...] = ()
        self._count = Count()

    def body(self) -> Iterable[Widget]:
        """The tables, one below the other."""
        yield Pager()

    def on_mount(self) -> None:
        """Take most of the screen, and read."""
        self.take_most_of_screen()
        self.pager.styles.height = "1fr"
        self.pager.focus()
        self.action_read()
        self.set_interval(_TOLD_EVERY, self._tell_progress)

    def on_resize(self) -> None:
        """Share out the columns anew."""
        self.call_after_refresh(self._show)

    def action_read(self) -> None:
        """Read what is on the disk now."""
        self.run_worker(self._look(), group="disk", exclusive=True)

    async def _look(self) -> None:
        self._count = Count()
        self._parts = ()
        self._show()
        usage = await self._read(self._count)
        self._parts = await asyncio.to_thread(disk_parts, usage, self._clock())
        self._show()

    def _tell_progress(self) -> None:
        if not self._parts:
            self._show()

    def _show(self) -> None:
        if not self.is_mounted:
            return
        if self._parts:
            self.pager.show(PartLines(self._parts, max(1, self.pager.size.width - 2)))
        else:
            files = f" {self._count.files:,} files" if self._count.files else ""
            self.pager.show([line(quiet(f"Reading…{files}"))])


class PartLines(Sequence[Line]):
    """The tables in lines of so many cells, a blank one between them; each is made when seen."""

    def __init__(self, parts: Sequence[Part], cells: int) -> None:
        """Share out the columns."""
        self._makers = list(chain.from_iterable((*_lines(part, cells), tuple) for part in parts))
        del self._makers[-1:]

    def __len__(self) -> int:
        """How many lines there are."""
        return len(self._makers)

    @overload
    def __getitem__(self, at: int) -> Line: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Line]: ...
    def __getitem__(self, at: int | slice) -> Line | Sequence[Line]:
        """A line, or some of them."""
        if isinstance(at, slice):
            return [make() for make in self._makers[at]]
        return self._makers[at]()


def _lines(part: Part, cells: int) -> Iterator[Callable[[], Line]]:
    rows = (part.headings, *part.rows, *([part.total] if part.total else ()))
    widths = [max(cell_len(row[at]) for row in rows) for at in range(1, len(part.headings))]
    # Where there is no room, the last columns go.
    while widths and cells - sum(widths) - 2 * len(widths) < _NAME_AT_LEAST:
        widths.pop()
    name = min(cells - sum(widths) - 2 * len(widths), max(cell_len(row[0]) for row in rows))
    shape = ((name, *widths), part.right)
    yield partial(_row, part.headings, *shape, "yours loud")
    for row in part.rows:
        yield partial(_row, row, *shape, "")
    if part.total:
        yield partial(_row, part.total, *shape, "loud")
    for remark in part.remarks:
        for of in wrapped(remark, cells, "quiet"):
            yield partial(tuple, of)


def _row(row: Cells, widths: Sequence[int], right: Sequence[int], ink: str) -> Line:
    pieces: Line = ()
    for at, (cell, width) in enumerate(zip(row, widths, strict=False)):
        text = cell if at else elided(cell, width)
        blank = (("  ", ""),) if at else ()
        pieces = (*pieces, *blank, *fitted(line((text, ink)), width, right=at in right))
    return pieces
