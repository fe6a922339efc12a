"""A question with a safe answer and one that acts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.reactive import var
from textual.widget import Widget

from ollama_tui.tui.lines import Line, elided, fitted, line, quiet
from ollama_tui.tui.lines import width as cells
from ollama_tui.tui.screens.dialog import AROUND, Dialog, Lines
from ollama_tui.tui.widgets.canvas import Canvas

NO = "no"
"""What the safe answer says, unless the deed makes another word clearer."""
_BELOW = 2
"""Lines that the dialog has under the facts: a blank and the buttons."""


class Choices(Canvas, can_focus=True):
    """Buttons in a line, the safe one first."""

    chosen: var[int] = var(0)
    """The one under the cursor."""

    def __init__(self, verbs: Sequence[tuple[str, str]]) -> None:
        """Offer verbs.

        Args:
            verbs: a key and a verb each.
        """
        super().__init__()
        self._verbs = verbs
        self.styles.height = 1

    def picture(self, width: int, height: int) -> Sequence[Line]:
        """The buttons, centred, the chosen one under the cursor."""
        buttons = self._buttons("    ", "  ")
        if cells(buttons) > width:
            buttons = self._buttons("", " ", _verb_room(self._verbs, width))
        return (self._centred(buttons, width),)

    def move(self, buttons: int) -> None:
        """Go to another button, round the end."""
        self.chosen = (self.chosen + buttons) % len(self._verbs)

    def _buttons(self, between: str, margin: str, room: int = 1000) -> Line:
        buttons: list[tuple[str, str]] = []
        for index, (key, verb) in enumerate(self._verbs):
            ink = " cursor" if index == self.chosen else ""
            buttons += [(between, "")] if buttons else []
            buttons += [(margin, ink), (key, f"loud{ink}"), (f" {elided(verb, room)}{margin}", ink)]
        return tuple(buttons)

    def _centred(self, buttons: Line, width: int) -> Line:
        left = max(0, (width - cells(buttons)) // 2)
        return fitted(((" " * left, ""), *buttons), width)


def _verb_room(verbs: Sequence[tuple[str, str]], width: int) -> int:
    """The most cells for each verb with which the buttons, close together, fit in a line."""
    left = width - sum(cell_len(key) + 3 for key, _ in verbs)
    lengths = [cell_len(verb) for _, verb in verbs]
    room = max(lengths)
    while room > 1 and sum(min(length, room) for length in lengths) > left:
        room -= 1
    return room


def shortened(facts: Sequence[Line], height: int) -> Sequence[Line]:
    """The facts that a screen has room for, and how many there are beyond.

    Args:
        facts: a line each.
        height: lines of the screen.
    """
    room = max(1, height - AROUND - _BELOW)
    if len(facts) <= room:
        return facts
    return (*facts[: room - 1], line(quiet(f"… {len(facts) - room + 1} lines more")))


class ConfirmScreen(Dialog[bool]):
    """Ask before something that is hard to undo; the default is not to."""

    IS_DESTRUCTIVE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", show=False),
        Binding("n,q", "answer(False)", show=False),
        Binding("left,right,tab,shift+tab,h,l", "switch", show=False),
        Binding("enter", "press", show=False),
    ]

    def __init__(self, question: str, facts: Sequence[Line], verb: str, no: str = NO) -> None:
        """Ask a question.

        Args:
            question: it holds the name or the number.
            facts: lines that say what the act means.
            verb: of the answer that acts.
            no: of the safe answer.
        """
        super().__init__(question, (("esc", "close"),))
        self._facts = [line(*of) if of else of for of in facts]
        self._choices = Choices((("n", no), ("y", verb)))

    def body(self) -> Iterable[Widget]:
        """The facts, then the buttons."""
        yield Lines((*shortened(self._facts, self.app.size.height), ()))
        yield self._choices

    def action_answer(self, is_yes: bool) -> None:
        """Answer by a letter."""
        self.dismiss(is_yes)

    def action_switch(self) -> None:
        """Go to the other button."""
        self._choices.move(1)

    def action_press(self) -> None:
        """Press the button under the cursor."""
        self.dismiss(bool(self._choices.chosen))
