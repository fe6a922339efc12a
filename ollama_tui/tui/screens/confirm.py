"""A question with a safe answer and one that acts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.reactive import var
from textual.widget import Widget

from ollama_tui.tui.lines import Line, fitted, line, width
from ollama_tui.tui.screens.dialog import Dialog, Lines
from ollama_tui.tui.widgets.canvas import Canvas


class Choices(Canvas, can_focus=True):
    """Two buttons in a line: `n` and the safe verb, `y` and the one that acts."""

    chosen: var[bool] = var(False)
    """Whether the one that acts is under the cursor."""

    def __init__(self, safe: str, acting: str) -> None:
        """Offer two verbs."""
        super().__init__()
        self._verbs = (("n", safe), ("y", acting))
        self.styles.height = 1

    def picture(self, width: int, height: int) -> Sequence[Line]:
        """The buttons, centred, the chosen one under the cursor."""
        buttons: list[tuple[str, str]] = []
        for index, (key, verb) in enumerate(self._verbs):
            ink = " cursor" if index == self.chosen else ""
            buttons += [("    ", "")] if buttons else []
            buttons += [("  ", ink), (key, f"loud{ink}"), (f" {verb}  ", ink)]
        return (self._centred(tuple(buttons), width),)

    def _centred(self, buttons: Line, cells: int) -> Line:
        left = max(0, (cells - width(buttons)) // 2)
        return fitted(((" " * left, ""), *buttons), cells)


class ConfirmScreen(Dialog[bool]):
    """Ask before something that is hard to undo; the default is not to."""

    IS_DESTRUCTIVE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", show=False),
        Binding("n,q", "answer(False)", show=False),
        Binding("left,right,tab,shift+tab,h,l", "switch", show=False),
        Binding("enter", "press", show=False),
    ]

    def __init__(self, question: str, facts: Sequence[Line], verbs: tuple[str, str]) -> None:
        """Ask a question.

        Args:
            question: it holds the name or the number.
            facts: lines that say what the act means.
            verbs: of the safe answer, and of the one that acts.
        """
        super().__init__(question, (("esc", "leave"),))
        self._facts = [line(*of) if of else of for of in facts]
        self._choices = Choices(*verbs)

    def body(self) -> Iterable[Widget]:
        """The facts, then the buttons."""
        yield Lines((*self._facts, ()))
        yield self._choices

    def action_answer(self, is_yes: bool) -> None:
        """Answer by a letter."""
        self.dismiss(is_yes)

    def action_switch(self) -> None:
        """Go to the other button."""
        self._choices.chosen = not self._choices.chosen

    def action_press(self) -> None:
        """Press the button under the cursor."""
        self.dismiss(self._choices.chosen)
