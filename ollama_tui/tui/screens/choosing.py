"""The frame of dialogs that offer rows to choose one from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, TypeVar

from textual import getters
from textual.binding import Binding, BindingType
from textual.widget import Widget

from ollama_tui.tui.lines import Line
from ollama_tui.tui.screens.dialog import AROUND, Dialog
from ollama_tui.tui.widgets.choice_list import ChoiceList

Chosen = TypeVar("Chosen")


class ChoosingScreen(Dialog[Chosen]):
    """Rows, each of which stands for a value; gives the chosen one's, or None if it is left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,right,j", "choose(1)", show=False),
        Binding("up,left,k", "choose(-1)", show=False),
        Binding("enter", "press", show=False),
        Binding("q", "leave", show=False),
    ]

    choices = getters.query_one(ChoiceList)

    def __init__(self, title: str, verb: str) -> None:
        """Offer nothing yet.

        Args:
            title: what is chosen.
            verb: what Enter does.
        """
        super().__init__(title, (("↵", verb), ("↑↓", "choose"), ("esc", "close")))
        self._rows: Mapping[str, tuple[Chosen, Line]] = {}
        self._first = ""
        self._instead: Sequence[Line] = ()

    def body(self) -> Iterable[Widget]:
        """The rows."""
        yield ChoiceList()

    def on_mount(self) -> None:
        """Show what was offered before."""
        self._show()

    def on_resize(self) -> None:
        """Show as many rows as there is room for."""
        lines = len(self._rows) or len(self._instead)
        self.choices.styles.height = max(1, min(lines, self.app.size.height - AROUND))

    def offer(self, rows: Mapping[str, tuple[Chosen, Line]], first: str) -> None:
        """Offer rows.

        Args:
            rows: the name of each, with its value and a word about it.
            first: the name of the one that the cursor begins at.
        """
        self._rows, self._first = rows, first
        self._show()

    def say(self, lines: Sequence[Line]) -> None:
        """Say why there is nothing to choose from."""
        self._instead = lines
        self._show()

    def action_choose(self, rows: int) -> None:
        """Move among the rows."""
        self.choices.action_move(rows)

    def action_press(self) -> None:
        """Take the one under the cursor."""
        if (chosen := self.choices.selected) is not None:
            self.dismiss(self._rows[chosen][0])

    def _show(self) -> None:
        if not self.query(ChoiceList):
            # It is offered before it is there, or after it was left.
            return
        self.choices.is_chosen = True
        self.choices.instead = tuple(self._instead)
        self.choices.choices = tuple((name, word) for name, (_, word) in self._rows.items())
        self.choices.move_to(self._first)
        self.on_resize()
