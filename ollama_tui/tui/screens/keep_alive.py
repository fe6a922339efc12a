"""The dialog that asks for how long a model stays loaded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import getters
from textual.binding import Binding, BindingType
from textual.widget import Widget

from ollama_tui.core import units
from ollama_tui.tui.lines import line, quiet
from ollama_tui.tui.screens.dialog import AROUND, Dialog
from ollama_tui.tui.widgets.choice_list import Choice, ChoiceList


class KeepAliveScreen(Dialog[float]):
    """Choices of times; gives seconds, negative for ever, 0 to unload; None if it is left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "choose(1)", show=False),
        Binding("up,k", "choose(-1)", show=False),
        Binding("enter", "press", show=False),
        Binding("q", "leave", show=False),
    ]

    choices = getters.query_one(ChoiceList)

    def __init__(self, name: str, times: Sequence[float], first: float) -> None:
        """Ask about a model.

        Args:
            name: the model's.
            times: seconds to choose from, negative for ever; it can be unloaded in any case.
            first: the one of them that the cursor begins at.
        """
        super().__init__(f"Keep {name} for", (("↵", "keep"), ("↑↓", "choose"), ("esc", "leave")))
        self._seconds = {**{units.stay(seconds): seconds for seconds in times}, "unload now": 0.0}
        self._first = units.stay(first)

    def body(self) -> Iterable[Widget]:
        """The times."""
        yield ChoiceList()

    def on_mount(self) -> None:
        """Begin with the first."""
        choices: tuple[Choice, ...] = tuple(
            (words, line(quiet(_remark(seconds)))) for words, seconds in self._seconds.items()
        )
        self.choices.is_chosen = True
        self.choices.choices = choices
        self.choices.move_to(self._first)

    def on_resize(self) -> None:
        """Show as many of them as there is room for."""
        self.choices.styles.height = max(1, min(len(self._seconds), self.app.size.height - AROUND))

    def action_choose(self, rows: int) -> None:
        """Move among the times."""
        self.choices.action_move(rows)

    def action_press(self) -> None:
        """Take the one under the cursor."""
        self.dismiss(self._seconds[self.choices.selected or self._first])


def _remark(seconds: float) -> str:
    if seconds < 0:
        return "pinned"
    return "after each use" if seconds else ""
