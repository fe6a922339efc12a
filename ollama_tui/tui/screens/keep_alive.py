"""The dialog that asks for how long a model stays loaded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import getters
from textual.binding import Binding, BindingType
from textual.widget import Widget

from ollama_tui.core.keep_alive import FOR_EVER
from ollama_tui.tui.lines import line, quiet
from ollama_tui.tui.screens.dialog import Dialog
from ollama_tui.tui.widgets.choice_list import Choice, ChoiceList

_CHOICES = (
    ("5 minutes", 300.0),
    ("30 minutes", 1800.0),
    ("2 hours", 7200.0),
    ("a day", 86400.0),
    ("for ever", FOR_EVER),
    ("unload now", 0.0),
)
_WORDS = {FOR_EVER: "pinned", 0.0: ""}


class KeepAliveScreen(Dialog[float]):
    """Choices of times; gives seconds, negative for ever, 0 to unload; None if it is left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "choose(1)", show=False),
        Binding("up,k", "choose(-1)", show=False),
        Binding("enter", "press", show=False),
        Binding("q", "leave", show=False),
    ]

    choices = getters.query_one(ChoiceList)

    def __init__(self, name: str) -> None:
        """Ask about the model of that name."""
        super().__init__(f"Keep {name} for", (("↵", "keep"), ("↑↓", "choose"), ("esc", "leave")))

    def body(self) -> Iterable[Widget]:
        """The times."""
        yield ChoiceList()

    def on_mount(self) -> None:
        """Begin with the shortest."""
        choices: tuple[Choice, ...] = tuple(
            (words, line(quiet(_WORDS.get(seconds, "after each use"))))
            for words, seconds in _CHOICES
        )
        self.choices.is_chosen = True
        self.choices.choices = choices
        self.choices.styles.height = len(choices)

    def action_choose(self, rows: int) -> None:
        """Move among the times."""
        self.choices.action_move(rows)

    def action_press(self) -> None:
        """Take the one under the cursor."""
        self.dismiss(dict(_CHOICES)[self.choices.selected or _CHOICES[0][0]])
