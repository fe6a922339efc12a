"""Which of two loaded models is to go: the one in the way, or the one under the cursor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from ollama_tui.tui.lines import Line
from ollama_tui.tui.screens.confirm import NO, Choices, shortened
from ollama_tui.tui.screens.dialog import Dialog, Lines


class UnloadScreen(Dialog[str]):
    """Ask which of two is to be unloaded; the answer is its name, the default is neither."""

    IS_DESTRUCTIVE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(1)", show=False),
        Binding("u", "answer(2)", show=False),
        Binding("n,q", "answer(0)", show=False),
        Binding("right,tab,l", "switch(1)", show=False),
        Binding("left,shift+tab,h", "switch(-1)", show=False),
        Binding("enter", "press", show=False),
    ]

    def __init__(self, in_the_way: str, itself: str, facts: Sequence[Line]) -> None:
        """Ask about two models.

        Args:
            in_the_way: the one that holds what the other lacks.
            itself: the one under the cursor.
            facts: lines that say why.
        """
        super().__init__("Unload which?", (("esc", "close"),))
        self._answers = (None, in_the_way, itself)
        self._facts = facts
        self._choices = Choices((("n", NO), ("y", in_the_way), ("u", itself)))

    def body(self) -> Iterable[Widget]:
        """The facts, then the buttons."""
        yield Lines((*shortened(self._facts, self.app.size.height), ()))
        yield self._choices

    def action_answer(self, button: int) -> None:
        """Answer by a letter."""
        self.dismiss(self._answers[button])

    def action_switch(self, buttons: int) -> None:
        """Go to another button."""
        self._choices.move(buttons)

    def action_press(self) -> None:
        """Press the button under the cursor."""
        self.dismiss(self._answers[self._choices.chosen])
