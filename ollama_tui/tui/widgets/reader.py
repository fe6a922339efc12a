"""A document to read: scrolled by rows, with headings to go to and places that were found."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

from textual.binding import BindingType
from textual.reactive import var

from ollama_tui.tui.document import Document
from ollama_tui.tui.finding import Found
from ollama_tui.tui.lines import Line, fitted
from ollama_tui.tui.widgets.canvas import Canvas
from ollama_tui.tui.widgets.row_list import RowList
from ollama_tui.tui.widgets.scrolling import barred

_ABOVE = 2
"""Rows that stay in sight above a place that was gone to."""


class Reader(Canvas, can_focus=True):
    """The rows of a document that are in sight; no others are ever made."""

    BINDINGS: ClassVar[list[BindingType]] = RowList.BINDINGS

    document: var[Document] = var(Document(()))
    found: var[Found | None] = var(None)
    """What is looked for; None: nothing is."""
    top: var[int] = var(0)
    """Where the first row in sight begins."""
    section: var[int] = var(0)
    """The section that is read: that of the first row, or the one that was gone to."""

    def picture(self, width: int, height: int) -> Sequence[Line]:
        """The rows from the top on, and a scroll bar if there are more."""
        cells = self._cells
        rows = self.document.rows(self.document.row_at(self.top, cells), height, cells)
        lines = [fitted(self._line(start, end), cells) for start, end in rows]
        last = self._last_top()
        if not last:
            return lines
        size = max(1, round(height * (self._length - last) / self._length))
        start = round((height - size) * self.top / last)
        return barred(lines, start, size)

    def on_resize(self) -> None:
        """Leave no gap below."""
        self._go(self.top)
        super().on_resize()

    def show(self, document: Document) -> None:
        """Show another document, from about the same place on."""
        self.document = document
        self._go(min(self.top, len(document.text)))

    def show_found(self) -> None:
        """Show what was found by now, and the present place if it is out of sight."""
        place = self.found.place if self.found is not None else None
        if place is not None and not self._is_in_sight(place):
            row = self.document.row_at(place, self._cells)
            self._go(self.document.moved(row, -_ABOVE, self._cells))
        if place is not None:
            self.section = self.document.section_at(place)
        self.redraw()

    def go_to_section(self, sections: int) -> None:
        """Go to the next heading or the one before."""
        count = len(self.document.sections)
        section = max(0, min(self.section + sections, count - 1))
        self._go(self.document.starts[section])
        self.section = section

    def action_move(self, rows: int) -> None:
        """Scroll by rows."""
        self._go(self.document.moved(self._row, rows, self._cells))

    def action_move_page(self, pages: int) -> None:
        """Scroll by as many rows as are in sight."""
        self.action_move(pages * max(1, self.size.height - 1))

    def action_move_to_first(self) -> None:
        """Scroll to the beginning."""
        self._go(0)

    def action_move_to_last(self) -> None:
        """Scroll to the end."""
        self._go(len(self.document.text))

    def on_mouse_scroll_down(self) -> None:
        """Move on with the wheel."""
        self.action_move(3)

    def on_mouse_scroll_up(self) -> None:
        """Move back with the wheel."""
        self.action_move(-3)

    @property
    def _cells(self) -> int:
        # The last two are the scroll bar's.
        return max(1, self.size.width - 2)

    @property
    def _row(self) -> int:
        return self.document.row_at(self.top, self._cells)

    @property
    def _length(self) -> int:
        return max(1, len(self.document.text))

    def _last_top(self) -> int:
        end = self.document.row_at(self._length - 1, self._cells)
        return self.document.moved(end, 1 - self.size.height, self._cells)

    def _go(self, offset: int) -> None:
        if not self.size:
            return
        top = min(self.document.row_at(offset, self._cells), self._last_top())
        if top != self.top:
            self.top = top
            self.section = self.document.section_at(top)

    def _is_in_sight(self, place: int) -> bool:
        rows = list(self.document.rows(self._row, self.size.height, self._cells))
        return bool(rows) and rows[0][0] <= place < rows[-1][1]

    def _line(self, start: int, end: int) -> Line:
        document = self.document
        text = document.text[start:end].rstrip("\n ")
        indent = document.indent(start)
        marks = list(self.found.between(start, start + len(text))) if self.found else []
        label, ink = self._label_and_ink(start, len(text))
        cuts = {start, start + label, start + len(text)}
        for first, last, _ in marks:
            cuts |= {max(first, start), min(last, start + len(text))}
        pieces = [
            (
                document.text[one:two],
                _marked(one, marks) or ("quiet" if one < start + label else ink),
            )
            for one, two in pairwise(sorted(cuts))
        ]
        return ((" " * indent, ""), *pieces) if indent else tuple(pieces)

    def _label_and_ink(self, start: int, length: int) -> tuple[int, str]:
        section = self.document.section_at(start)
        if start == self.document.starts[section]:
            return 0, "loud yours cursor" if section == self.section else "loud yours"
        is_first = not self.document.indent(start)
        return min(length, self.document.sections[section].label) if is_first else 0, ""


def _marked(at: int, marks: Sequence[tuple[int, int, bool]]) -> str:
    for start, end, is_present in marks:
        if start <= at < end:
            return "found cursor" if is_present else "found"
    return ""
