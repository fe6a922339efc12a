"""The frame of dialogs that are answered by a button, which has a letter, too."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.reactive import var

from ollama_tui.tui.lines import Line, elided, fitted
from ollama_tui.tui.lines import width as cells
from ollama_tui.tui.screens.dialog import Dialog, Result
from ollama_tui.tui.widgets.canvas import Canvas

NO = "no"
"""What the safe answer says, unless the deed makes another word clearer."""
_LETTERS = "youwe"
"""Those that buttons have, but for the `n` of the safe one."""
Offer = tuple[str, str, Result | None]
"""Key, verb and meaning of a button."""


class Choices(Canvas, can_focus=True):
    """Buttons in a line, the safe one first."""

    chosen: var[int] = var(0)
    """The one under the cursor."""

    def __init__(self, verbs: Sequence[tuple[str, str]]) -> None:
        """Offer verbs, each with its key."""
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


class AskingScreen(Dialog[Result]):
    """Asks with buttons; gives what the pressed one means, or None if it is left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(letter, f"answer('{letter}')", show=False) for letter in _LETTERS),
        Binding("n,q", "answer('n')", show=False),
        Binding("right,tab,l", "move(1)", show=False),
        Binding("left,shift+tab,h", "move(-1)", show=False),
        Binding("enter", "press", show=False),
    ]

    offers: Sequence[Offer[Result]]
    """The first is chosen to begin with."""

    @cached_property
    def buttons(self) -> Choices:
        """Where they are drawn."""
        return Choices([(key, verb) for key, verb, _ in self.offers])

    def action_answer(self, letter: str) -> None:
        """Press a button by its letter, if it is there."""
        for key, _, meaning in self.offers:
            if key == letter:
                self.dismiss(meaning)

    def action_move(self, buttons: int) -> None:
        """Go to another button."""
        self.buttons.move(buttons)

    def action_press(self) -> None:
        """Press the button under the cursor."""
        self.dismiss(self.offers[self.buttons.chosen][2])
