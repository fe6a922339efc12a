"""Which rows of a list are in sight, and the bar that tells where they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ollama_tui.tui.lines import Line


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a list, each of some lines."""

    count: int
    height: Callable[[int], int]
    """Lines of a row, by its number."""

    def fit_into(self, room: int) -> bool:
        """Whether so many lines show all rows."""
        return self.count <= room and self._lines(0, self.count - 1) <= room

    def top_for(self, at: int, top: int, room: int) -> int:
        """The first row in sight: as before, unless the cursor would be out of sight.

        Args:
            at: the row under the cursor.
            top: the first row in sight before.
            room: lines for rows.
        """
        top = max(0, min(top, at))
        while top < at and self._lines(top, at) > room:
            top += max(1, at - top - room)
        # No gap below the last row while there are rows above.
        last = self.count - 1
        while top > 0 and last - top + 1 < room and self._lines(top - 1, last) <= room:
            top -= 1
        return top

    def _lines(self, first: int, last: int) -> int:
        return sum(map(self.height, range(first, last + 1)))


def with_scroll_bar(rows: Sequence[Line], top: int, count: int, gap: str) -> list[Line]:
    """Lines with the bar at their right.

    Args:
        rows: the lines in sight.
        top: the first row in sight.
        count: how many rows there are.
        gap: blanks before the bar.
    """
    shown = len(rows)
    size = max(1, shown * shown // max(count, 1))
    return barred(rows, round((shown - size) * top / max(1, count - shown)), size, gap)


def barred(rows: Sequence[Line], start: int, size: int, gap: str = " ") -> list[Line]:
    """Lines with a bar at their right, from one of them on along so many."""
    blank = ((gap, ""),) if gap else ()
    return [
        (*of, *blank, ("█" if start <= y < start + size else " ", "line"))
        for y, of in enumerate(rows)
    ]
