"""The dialogs that ask before models are deleted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import ClassVar

from textual import getters, on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from ollama_tui.tui.lines import Line, line, quiet
from ollama_tui.tui.screens.confirm import Choices, shortened
from ollama_tui.tui.screens.dialog import Dialog, Lines


class When(Enum):
    """When models are deleted."""

    LATER = "later"
    """After some seconds, in which it can be undone."""
    AT_ONCE = "at once"


_ANSWERS = (None, When.LATER, When.AT_ONCE)
_VERBS = (("n", "keep"), ("y", "delete"), ("o", "at once"))


class DeleteScreen(Dialog[When]):
    """Asks with three buttons, of which the safe one is chosen; gives when, or None."""

    IS_DESTRUCTIVE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(1)", show=False),
        Binding("o", "answer(2)", show=False),
        Binding("n,q", "answer(0)", show=False),
        Binding("right,tab,l", "move(1)", show=False),
        Binding("left,shift+tab,h", "move(-1)", show=False),
        Binding("enter", "press", show=False),
    ]

    def __init__(self, question: str, facts: Sequence[Line], *, can_undo: bool) -> None:
        """Ask.

        Args:
            question: it holds the name or the number.
            facts: a line a model, and what else one should know.
            can_undo: whether there is a time in which it can be undone.
        """
        super().__init__(question, (("esc", "leave"),))
        self._facts, self._can_undo = facts, can_undo
        self._choices = Choices(_VERBS if can_undo else _VERBS[:2])

    def body(self) -> Iterable[Widget]:
        """The facts, then the buttons."""
        yield Lines((*shortened(self._facts, self.app.size.height, 2), ()))
        yield self._choices

    def action_answer(self, which: int) -> None:
        """Answer by a letter."""
        if which and not self._can_undo:
            which = 2
        self.dismiss(_ANSWERS[which])

    def action_move(self, buttons: int) -> None:
        """Go to another button."""
        self._choices.move(buttons)

    def action_press(self) -> None:
        """Press the button under the cursor."""
        self.action_answer(self._choices.chosen)


class DeleteManyScreen(Dialog[When]):
    """Asks for the number of models, where a mere letter would be too little; gives when."""

    IS_DESTRUCTIVE = True

    field = getters.query_one(Input)
    message = getters.query_one("#message", Lines)

    def __init__(self, question: str, facts: Sequence[Line], count: int, *, can_undo: bool) -> None:
        """Ask.

        Args:
            question: it holds the name or the number.
            facts: a line a model, and what else one should know.
            count: what has to be typed.
            can_undo: whether there is a time in which it can be undone.
        """
        super().__init__(question, (("↵", "delete"), ("esc", "leave")))
        self._facts, self._count, self._can_undo = facts, count, can_undo

    def body(self) -> Iterable[Widget]:
        """The facts, what is to be typed, and a line about it."""
        field = Input(placeholder=f"type {self._count} to delete", select_on_focus=False)
        field.cursor_blink = False
        at_once = f"{self._count}! deletes at once, without undo" if self._can_undo else ""
        yield Lines((*shortened(self._facts, self.app.size.height, 4), ()))
        yield field
        yield Lines((line(quiet(at_once)),), id="message")

    def on_mount(self) -> None:
        """Let the number be typed."""
        self.field.focus()

    @on(Input.Submitted)
    def submit(self, event: Input.Submitted) -> None:
        """Delete if the number is right."""
        typed = event.value.strip()
        if typed == f"{self._count}!" or (typed == str(self._count) and not self._can_undo):
            self.dismiss(When.AT_ONCE)
        elif typed == str(self._count):
            self.dismiss(When.LATER)
        else:
            self.message.show((line((f"Type {self._count}, or esc to keep.", "broken")),))
