"""The dialog that finds an act by its name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import getters, on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from ollama_tui.core.acts import Act, Situation
from ollama_tui.core.keys import key_sign
from ollama_tui.tui.lines import cut, line, loud, quiet
from ollama_tui.tui.screens.input_dialog import InputDialog
from ollama_tui.tui.widgets.choice_list import ChoiceList

_AT_MOST = 14
_REASON_WIDTH = 36


class PaletteScreen(InputDialog):
    """Every act that works in the focused panel; gives the id of the chosen one, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", show=False),
        Binding("up", "move(-1)", show=False),
    ]

    acts_shown = getters.query_one(ChoiceList)

    def __init__(self, acts: Sequence[Act], situation: Situation) -> None:
        """Offer what can be chosen in that situation."""
        super().__init__(
            "What to do?",
            (("↵", "do it"), ("↑↓", "choose"), ("esc", "close")),
            placeholder="a part of its name",
        )
        self._situation = situation
        self._acts = [act for act in acts if act.in_palette and act.works_in(situation.panel)]

    def body(self) -> Iterable[Widget]:
        """The input and the acts that hold what is typed."""
        yield self.field
        yield ChoiceList()

    def on_mount(self) -> None:
        """Begin with all of them."""
        self._offer("")
        self.field.focus()

    @on(Input.Changed)
    def narrow(self, event: Input.Changed) -> None:
        """Offer what holds the words that are typed."""
        self._offer(event.value)

    @on(Input.Submitted)
    def choose(self) -> None:
        """Do the act under the cursor."""
        title = self.acts_shown.selected
        self.dismiss(next((act.id for act in self._acts if act.title == title), None))

    def action_move(self, rows: int) -> None:
        """Move among the acts."""
        self.acts_shown.action_move(rows)

    def _offer(self, typed: str) -> None:
        words = typed.casefold().split()
        acts = [
            act
            for act in self._acts
            if all(word in f"{act.title} {act.word} {act.id}".casefold() for word in words)
        ]
        self.acts_shown.is_chosen = True
        self.acts_shown.choices = tuple((act.title, self._key(act)) for act in acts)
        self.acts_shown.action_move_to_first()
        self.acts_shown.styles.height = max(1, min(_AT_MOST, len(acts)))

    def _key(self, act: Act) -> tuple[tuple[str, str], ...]:
        if reason := act.reason_against(self._situation):
            return cut(line(quiet(reason)), _REASON_WIDTH)
        return line(loud(key_sign(act.keys[0]))) if act.keys else ()
