"""The dialogs that ask before models are deleted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import ClassVar

from textual import getters, on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from ollama_tui.tui.lines import Line, line, quiet, wrapped
from ollama_tui.tui.screens.confirm import Choices, shortened
from ollama_tui.tui.screens.dialog import Dialog, Lines


class When(Enum):
    """When models are deleted."""

    LATER = "later"
    """After some seconds, in which it can be undone."""
    AT_ONCE = "at once"


_KEEP = ("n", "keep")
_CALM_VERBS = (("y", "delete"), ("o", "at once"))


class DeleteScreen(Dialog[When]):
    """Asks with buttons, of which the safe one is chosen; gives when, or None."""

    IS_DESTRUCTIVE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(1)", show=False),
        Binding("o", "delete('at once')", show=False),
        Binding("u", "delete('later')", show=False),
        Binding("n,q", "answer(0)", show=False),
        Binding("right,tab,l", "move(1)", show=False),
        Binding("left,shift+tab,h", "move(-1)", show=False),
        Binding("enter", "press", show=False),
    ]

    def __init__(
        self, question: str, facts: Sequence[Line], *, can_undo: bool, hurry: str = ""
    ) -> None:
        """Ask.

        Args:
            question: it holds the name or the number.
            facts: a line a model, and what else one should know.
            can_undo: whether there is a time in which it can be undone.
            hurry: why it is better not to wait for that; empty: it is not.
        """
        super().__init__(question, (("esc", "leave"),))
        self._facts, self._can_undo, self._hurry = facts, can_undo, hurry
        verbs = (("y", "at once"), ("u", "later")) if hurry else _CALM_VERBS
        self._choices = Choices((_KEEP, *(verbs if can_undo else _CALM_VERBS[:1])))
        moments = (When.LATER, When.AT_ONCE)
        self._answers = (None, *(moments[::-1] if hurry or not can_undo else moments))

    def body(self) -> Iterable[Widget]:
        """The facts, why one should not wait, then the buttons."""
        why = hurried(self._hurry, self.app.size.width)
        facts = shortened(self._facts, self.app.size.height, 2 + len(why))
        yield Lines((*facts, (), *why))
        yield self._choices

    def action_answer(self, which: int) -> None:
        """Press a button by its letter."""
        self.dismiss(self._answers[which])

    def action_delete(self, when: str) -> None:
        """Delete them by the letter of a moment, whichever buttons there are."""
        self.dismiss(When(when) if self._can_undo else When.AT_ONCE)

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

    def __init__(
        self, question: str, facts: Sequence[Line], count: int, *, can_undo: bool, hurry: str = ""
    ) -> None:
        """Ask.

        Args:
            question: it holds the name or the number.
            facts: a line a model, and what else one should know.
            count: what has to be typed.
            can_undo: whether there is a time in which it can be undone.
            hurry: why it is better not to wait for that; empty: it is not.
        """
        super().__init__(question, (("↵", "delete"), ("esc", "leave")))
        self._facts, self._can_undo, self._hurry = facts, can_undo, hurry
        self._typed = str(count)

    def body(self) -> Iterable[Widget]:
        """The facts, why one should not wait, what is to be typed, and a line about it."""
        at_once = " at once" if self._hurry else ""
        field = Input(placeholder=f"type {self._typed} to delete{at_once}", select_on_focus=False)
        field.cursor_blink = False
        why = hurried(self._hurry, self.app.size.width)
        yield Lines((*shortened(self._facts, self.app.size.height, 4 + len(why)), (), *why))
        yield field
        yield Lines((line(quiet(self._other_way if self._can_undo else "")),), id="message")

    @property
    def _other_way(self) -> str:
        if self._hurry:
            return f"{self._typed}u deletes later, with undo"
        return f"{self._typed}! deletes at once, without undo"

    def on_mount(self) -> None:
        """Let the number be typed."""
        self.field.focus()

    @on(Input.Submitted)
    def submit(self, event: Input.Submitted) -> None:
        """Delete if the number is right."""
        typed = event.value.strip()
        at_once = self._hurry or not self._can_undo
        moments = {
            self._typed: When.AT_ONCE if at_once else When.LATER,
            f"{self._typed}!": When.AT_ONCE,
            f"{self._typed}u": When.LATER if self._can_undo else When.AT_ONCE,
        }
        if typed in moments:
            self.dismiss(moments[typed])
        else:
            self.message.show((line((f"Type {self._typed}, or esc to keep.", "broken")),))


def hurried(why: str, width: int) -> list[Line]:
    """Why one should not wait, and a blank line; nothing if there is no reason."""
    return [*wrapped(why, max(10, min(62, width - 10)), "costs"), ()] if why else []
