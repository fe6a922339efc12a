"""Sections as one long text, of which only the rows in sight are ever broken into lines.

All places are offsets in that text, so that a new width moves none of them, and megabytes take
no longer than a page.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache

from rich.cells import get_character_cell_size

from ollama_tui.core.sections import Section

_PIECE = 8192
"""Characters after which a line without an end is broken, whatever is there."""


class Document:
    """What is read: each section after its heading, and where the rows are for a width."""

    def __init__(self, sections: Sequence[Section]) -> None:
        """Put the sections one after the other."""
        self.sections = tuple(sections)
        parts: list[str] = []
        starts, at = [], 0
        for section in self.sections:
            starts.append(at)
            parts += (section.heading, "\n", section.text.rstrip("\n"), "\n\n")
            at += sum(map(len, parts[-4:]))
        self.text = "".join(parts).rstrip("\n")
        self.starts: tuple[int, ...] = tuple(starts)
        """Where the headings are."""
        self._line = 0, 0
        self._rows = lru_cache(maxsize=64)(self._rows_of_piece)

    def section_at(self, offset: int) -> int:
        """The number of the section that holds an offset."""
        return max(0, bisect_right(self.starts, offset) - 1)

    def row_at(self, offset: int, cells: int) -> int:
        """Where the row begins that holds an offset."""
        rows = self._rows(self._piece_at(offset), cells)
        return rows[bisect_right(rows, offset) - 1]

    def next_row(self, row: int, cells: int) -> int | None:
        """Where the row after one begins; None if it is the last."""
        piece = self._piece_at(row)
        rows = self._rows(piece, cells)
        at = bisect_right(rows, row)
        if at < len(rows):
            return rows[at]
        end = self._end_of_piece(piece)
        return end if end < len(self.text) else None

    def moved(self, row: int, rows: int, cells: int) -> int:
        """The row that is so many rows below one, or above; the first or last if there is none."""
        for _ in range(rows):
            below = self.next_row(row, cells)
            if below is None:
                break
            row = below
        for _ in range(-rows):
            if not row:
                break
            row = self.row_at(row - 1, cells)
        return row

    def rows(self, row: int, count: int, cells: int) -> Iterator[tuple[int, int]]:
        """Where so many rows begin and end, from one on."""
        for _ in range(count):
            below = self.next_row(row, cells)
            yield row, len(self.text) if below is None else below
            if below is None:
                return
            row = below

    def indent(self, row: int) -> int:
        """Cells that a row is moved to the right: it goes on below a fact."""
        is_first = not row or self.text[row - 1] == "\n"
        return 0 if is_first else self.sections[self.section_at(row)].label

    def _piece_at(self, offset: int) -> int:
        line, end = self._line
        if not line <= offset < end:
            # A line of megabytes is not looked through again for each of its rows.
            line = self.text.rfind("\n", 0, offset) + 1
            end = self.text.find("\n", offset)
            self._line = line, len(self.text) if end < 0 else end
        return line + (offset - line) // _PIECE * _PIECE

    def _end_of_piece(self, piece: int) -> int:
        end = self.text.find("\n", piece, piece + _PIECE)
        return min(piece + _PIECE, len(self.text)) if end < 0 else end + 1

    def _rows_of_piece(self, piece: int, cells: int) -> tuple[int, ...]:
        end = self._end_of_piece(piece)
        if self.text[end - 1 : end] == "\n":
            end -= 1
        label = self.sections[self.section_at(piece)].label if self.sections else 0
        indent = self.indent(piece)
        rows, words, room = [piece], piece + label - indent, cells - indent
        while (cut := self._cut(rows[-1], words, end, max(1, room))) < end:
            rows.append(cut)
            words, room = cut, cells - label
        return tuple(rows)

    def _cut(self, start: int, words: int, end: int, cells: int) -> int:
        """Where the row after that one begins: behind a blank, if there is one in the words."""
        text = self.text
        last = start + _fitting(text[start : min(end, start + 2 * cells + 1)], cells)
        while last < end and not get_character_cell_size(text[last]):
            last += 1
        if last >= end:
            return end
        blank = text.rfind(" ", words, last + 1)
        return blank + 1 if blank > words and not text[words:blank].isspace() else last


def _fitting(text: str, cells: int) -> int:
    """How many characters fit into so many cells, but at least one."""
    if text.isascii():
        return min(len(text), cells)
    taken = 0
    for index, letter in enumerate(text):
        taken += get_character_cell_size(letter)
        if taken > cells:
            return max(1, index)
    return len(text)
