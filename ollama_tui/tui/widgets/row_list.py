"""A list with a cursor: the models, what is loaded, the downloads, and lists in dialogs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.reactive import var

from ollama_tui.core.acts import MOVES
from ollama_tui.tui.lines import Line, fitted
from ollama_tui.tui.widgets.canvas import Canvas
from ollama_tui.tui.widgets.scrolling import Rows, with_scroll_bar

_ACTIONS = {
    "move.down": "move(1)",
    "move.up": "move(-1)",
    "move.page_down": "move_page(1)",
    "move.page_up": "move_page(-1)",
    "move.first": "move_to_first",
    "move.last": "move_to_last",
}


class RowList(Canvas, can_focus=True):
    """Rows of which one is under the cursor; it stays with its row when others come and go."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(act.keys), _ACTIONS[act.id], act.title, show=False, id=act.id)
        for act in MOVES
        if act.id in _ACTIONS
    ]

    KEEPS_SCROLL_BAR = False
    """Whether the last column is kept free where all rows are in sight too."""

    selected: var[str | None] = var(None)
    """The name of the row under the cursor; None if there are no rows."""

    is_folded: var[bool] = var(False)
    """Whether the user wants its title alone."""

    def __init__(self, *, id: str | None = None) -> None:
        """Show no rows yet."""
        super().__init__(id=id)
        self._names: Sequence[str] = ()
        self._at = 0
        self._top = 0
        # Lines by row and width: a move of the cursor makes no row anew.
        self._drawn_rows: dict[tuple[int, int], tuple[Line, ...]] = {}

    def headings(self, width: int) -> Sequence[Line]:
        """Lines that stay above the rows; none by default."""
        return ()

    def row(self, index: int, width: int) -> Sequence[Line]:
        """The line of a row, or its lines."""
        raise NotImplementedError

    def row_height(self, index: int) -> int:
        """How many lines a row has."""
        return 1

    def beneath(self, width: int) -> Sequence[Line]:
        """Lines under the row that is under the cursor, which `row_height` counts too."""
        return ()

    def empty_picture(self, width: int, height: int) -> Sequence[Line]:
        """What is shown in place of rows where there are none."""
        return ()

    def rows_drawn(self, first: int, last: int) -> None:
        """Be told which rows are in sight: from the first up to, without, the last."""

    def put_rows(self, names: Sequence[str]) -> None:
        """Show these rows; the cursor stays with its row, or near where that was."""
        known = self._names
        self._names = names
        if self.selected is not None and names is not known and self.selected in names:
            self._at = names.index(self.selected)
        self._at = max(0, min(self._at, len(names) - 1))
        self.selected = names[self._at] if names else None
        self.redraw()

    def move_to(self, name: str) -> None:
        """Put the cursor on a row, if it is there."""
        if name in self._names:
            self._go(self._names.index(name))

    def picture(self, width: int, height: int) -> Sequence[Line]:
        """Headings, then the rows around the cursor, and a scroll bar if there are more."""
        headings = list(self.headings(width))[:height]
        room = height - len(headings)
        if not self._names:
            return [*headings, *self.empty_picture(width, room)]
        count = len(self._names)
        rows_at = Rows(count, self.row_height)
        self._top = rows_at.top_for(self._at, self._top, room)
        is_all = rows_at.fit_into(room)
        row_width = width - 1
        if not self.KEEPS_SCROLL_BAR:
            row_width = width if is_all else width - 2
        rows = self._rows_in_sight(room, row_width)
        if is_all:
            return headings + rows
        gap = "" if self.KEEPS_SCROLL_BAR else " "
        return headings + with_scroll_bar(rows[:room], self._top, count, gap)

    def redraw(self) -> None:
        """Draw all rows anew."""
        self._drawn_rows.clear()
        super().redraw()

    def redraw_around(self) -> None:
        """Draw anew what is not in the rows themselves."""
        super().redraw()

    def watch_selected(self) -> None:
        """Move the bar."""
        self.redraw_around()

    def watch_has_focus(self, has_focus: bool) -> None:
        """Show the cursor as a bar, elsewhere as bold text."""
        # Not at the events: Textual 8.2.8 changes `has_focus` after their handlers.
        super().watch_has_focus(has_focus)
        self.redraw_around()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is."""
        y = event.get_content_offset_capture(self).y - len(self.headings(self.size.width))
        index = self._top
        while y >= 0 and index < len(self._names):
            y -= self.row_height(index)
            index += 1
        if index > self._top:
            self._go(index - 1)

    def on_mouse_scroll_down(self) -> None:
        """Move on with the wheel."""
        self._go(self._at + 3)

    def on_mouse_scroll_up(self) -> None:
        """Move back with the wheel."""
        self._go(self._at - 3)

    def action_move(self, rows: int) -> None:
        """Move the cursor by rows."""
        self._go(self._at + rows)

    def action_move_page(self, pages: int) -> None:
        """Move the cursor by as many rows as are in sight."""
        room = self.size.height - len(self.headings(self.size.width))
        self._go(self._at + pages * max(1, room - 1))

    def action_move_to_first(self) -> None:
        """Move the cursor to the first row."""
        self._go(0)

    def action_move_to_last(self) -> None:
        """Move the cursor to the last row."""
        self._go(len(self._names) - 1)

    def _go(self, index: int) -> None:
        if self._names:
            self._at = max(0, min(index, len(self._names) - 1))
            self.selected = self._names[self._at]

    def _rows_in_sight(self, room: int, width: int) -> list[Line]:
        rows: list[Line] = []
        index = self._top
        while len(rows) < room and index < len(self._names):
            first, *more = self._drawn_row(index, width)
            rows.append(self._under_cursor(first) if index == self._at else first)
            rows += more
            if index == self._at:
                rows += [fitted(of, width) for of in self.beneath(width)]
            index += 1
        self.rows_drawn(self._top, index)
        return rows

    def _drawn_row(self, index: int, width: int) -> tuple[Line, ...]:
        drawn = self._drawn_rows.get((index, width))
        if drawn is None:
            drawn = tuple(fitted(of, width) for of in self.row(index, width))
            self._drawn_rows[index, width] = drawn
        return drawn

    def _under_cursor(self, of: Line) -> Line:
        ink = "cursor" if self.has_focus and not self.is_behind else "loud"
        return tuple((text, f"{own} {ink}".strip()) for text, own in of)
