"""Lines to read, moved through line by line where they do not all fit."""

from __future__ import annotations

from collections.abc import Sequence

from ollama_tui.tui.lines import Line
from ollama_tui.tui.widgets.row_list import RowList


class Pager(RowList):
    """Lines without a cursor; the keys that move one scroll."""

    def __init__(self) -> None:
        """Show nothing yet."""
        super().__init__()
        self._shown: Sequence[Line] = ()

    def show(self, lines: Sequence[Line]) -> None:
        """Show these lines from the first."""
        self._shown = lines
        self.put_rows(tuple(map(str, range(len(lines)))))

    def row(self, index: int, width: int) -> Sequence[Line]:
        """One line."""
        return (self._shown[index],)

    def action_move(self, rows: int) -> None:
        """Scroll, since there is no cursor to see."""
        room = self.size.height
        at = max(self._top, self._at - room + 1)
        self._top = max(0, min(at + rows, len(self._shown) - room))
        self._go(self._top if rows < 0 else self._top + room - 1)

    def action_move_page(self, pages: int) -> None:
        """Scroll by as many lines as are in sight, less one."""
        self.action_move(pages * max(1, self.size.height - 1))

    def _under_cursor(self, of: Line) -> Line:
        return of
