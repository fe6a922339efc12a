"""What a person would have seen of recorded bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pyte

from benchmarks.terminal import COLUMNS, LINES, Chunk

# Private sequences that pyte would print.
_UNKNOWN = re.compile(rb"\x1b\[[<>=][0-9;]*[a-z]")
_FRAME_BEGIN = b"\x1b[?2026h"
_FRAME_MARK = re.compile(rb"\x1b\[\?2026[hl]")
_ADDRESS = re.compile(rb"\x1b\[(\d+);\d+H")


class Screen:
    """The cells of a terminal."""

    def __init__(self) -> None:
        """All of them blank."""
        self._screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self._screen)

    def draw(self, written: bytes) -> None:
        """Take in what a program wrote."""
        self._stream.feed(_UNKNOWN.sub(b"", written))

    def first_with(self, chunks: Iterable[Chunk], name: str) -> Chunk | None:
        """With what a model of that name came into the table; all is drawn."""
        found = None
        for chunk in chunks:
            self.draw(chunk.written)
            if found is None and self._has_row(lasting(name)):
                found = chunk
        return found

    def shows(self, text: str) -> bool:
        """Whether a line holds that text."""
        return any(text in line for line in self._screen.display)

    def first_changed(self, chunks: Iterable[Chunk]) -> Chunk | None:
        """With what the first cell came to look otherwise than before; all is drawn."""
        before, found = self._cells(), None
        for chunk in chunks:
            self.draw(chunk.written)
            if found is None and self._cells() != before:
                found = chunk
        return found

    def _has_row(self, text: str) -> bool:
        # At the left only: the details of the selected model are at the right.
        return any(text in line[: COLUMNS // 2] for line in self._screen.display)

    def _cells(self) -> list[list[object]]:
        rows = range(LINES)
        return [[self._screen.buffer[y][x] for x in range(COLUMNS)] for y in rows]


def lasting(name: str) -> str:
    """The part of a name that no table cuts: not its owner, nor its end."""
    return name.rpartition("/")[2][:10]


def frames(written: bytes) -> int:
    """How many frames were drawn."""
    return written.count(_FRAME_BEGIN)


def full_repaints(written: bytes) -> int:
    """How many frames sent nearly all lines again, and about as much as the largest one did."""
    # The first frames are not marked, as the terminal has not yet said that it knows marks.
    pieces = _FRAME_MARK.split(written)
    largest = max(map(len, pieces))
    return sum(
        len(set(_ADDRESS.findall(piece))) >= 0.9 * LINES and len(piece) >= largest / 2
        for piece in pieces
    )
