"""Where a text holds what is looked for, as `less` looks for it."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator

_PIECE = 131_072
"""Characters that are looked through without a pause: some milliseconds."""


class Found:
    """The places of what is looked for, as far as the text has been looked through."""

    def __init__(self, wanted: str, text: str) -> None:
        """Nothing is looked through yet."""
        self.wanted = wanted
        self.is_complete = not wanted
        self.starts = array("I")
        """Where the places begin."""
        self.present: int | None = None
        """The number of the one that was gone to; None before one was."""
        # What is written in small letters may stand there in capitals.
        flags = re.IGNORECASE if wanted == wanted.lower() else 0
        self._pattern = re.compile(re.escape(wanted), flags)
        self._text = text

    def look(self) -> Iterator[None]:
        """Look through the text, with a pause after each piece."""
        at, size = 0, len(self._text)
        while not self.is_complete:
            end = at + _PIECE
            while match := self._pattern.search(self._text, at, end + len(self.wanted) - 1):
                self.starts.append(match.start())
                at = match.end()
            at = max(at, end)
            self.is_complete = at >= size
            yield

    def go_from(self, offset: int) -> bool:
        """Go to the first place at an offset or behind it, else to the first; False: not yet."""
        at = bisect_left(self.starts, offset)
        if at >= len(self.starts) and not self.is_complete:
            return False
        if self.starts:
            self.present = at % len(self.starts)
        return True

    def step(self, places: int) -> None:
        """Go to the next place or the one before, round the end."""
        if self.starts:
            self.present = ((self.present or 0) + places) % len(self.starts)

    @property
    def place(self) -> int | None:
        """Where the present one begins."""
        return None if self.present is None else self.starts[self.present]

    @property
    def words(self) -> str:
        """Which one that is: `3 of 17`."""
        count = f"{len(self.starts):,}"
        if not self.is_complete:
            return f"{count} so far"
        if not self.starts:
            return "no match"
        return count if self.present is None else f"{self.present + 1:,} of {count}"

    def between(self, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
        """The places in a part of the text: start, end, and whether it is the present one."""
        length = len(self.wanted)
        for at in range(bisect_left(self.starts, start - length + 1), len(self.starts)):
            if self.starts[at] >= end:
                return
            yield self.starts[at], self.starts[at] + length, at == self.present
