"""A screen as pyte draws it, but faster in what most of the output is: colours and plain text.

pyte looks at each byte and makes each cell anew, which took more time than the programs that drew.
"""

from __future__ import annotations

import re
from functools import cache

import pyte
from pyte import modes
from wcwidth import wcwidth

_USUAL = re.compile(rb"\x1b\[(?:([0-9;]*)m|([0-9]+);([0-9]+)H)")


class Screen(pyte.Screen):
    """What is on a terminal's screen."""

    def __init__(self, columns: int, lines: int) -> None:
        """Begin with nothing on it."""
        super().__init__(columns, lines)
        self._cells: dict[tuple[object, str], pyte.screens.Char] = {}
        self._inks: dict[tuple[object, bytes], pyte.screens.Char] = {}

    @property
    def rows(self) -> list[str]:
        """What is to be read, line by line."""
        columns = range(self.columns)
        buffered = (self.buffer[at] for at in range(self.lines))
        return ["".join([row[at].data for at in columns]).rstrip() for row in buffered]

    def draw(self, data: str) -> None:
        """Draw a text."""
        cursor = self.cursor
        is_usual = cursor.x + len(data) <= self.columns and modes.IRM not in self.mode
        if not is_usual or self.charset or not _is_narrow(data):
            super().draw(data)
            return
        row, ink = self.buffer[cursor.y], cursor.attrs
        for at, character in enumerate(data, cursor.x):
            cell = self._cells.get((ink, character))
            if cell is None:
                cell = self._cells[ink, character] = ink._replace(data=character)
            row[at] = cell
        cursor.x += len(data)

    def colour(self, numbers: bytes) -> None:
        """Write in other colours from now on (SGR)."""
        before = self.cursor.attrs
        ink = self._inks.get((before, numbers))
        if ink is None:
            self.select_graphic_rendition(*(int(one or 0) for one in numbers.split(b";")))
            self._inks[before, numbers] = self.cursor.attrs
        else:
            self.cursor.attrs = ink


class Stream:
    """What a program writes to it."""

    def __init__(self, screen: Screen) -> None:
        """Draw on that screen."""
        self._shown, self._rest = screen, pyte.ByteStream(screen)

    def feed(self, data: bytes) -> None:
        """Draw bytes that end with no sequence unfinished."""
        done = 0
        for usual in _USUAL.finditer(data):
            if usual.start() > done:
                self._rest.feed(data[done : usual.start()])
            done = usual.end()
            colours, line, column = usual.groups()
            if line is None:
                self._shown.colour(colours)
            else:
                self._shown.cursor_position(int(line), int(column))
        self._rest.feed(data[done:])


@cache
def _is_narrow(text: str) -> bool:
    return all(wcwidth(character) == 1 for character in text)
