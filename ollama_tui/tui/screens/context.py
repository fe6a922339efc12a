"""The dialog that shows what each context takes, and gives the chosen one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import getters
from textual.binding import Binding, BindingType
from textual.widget import Widget

from ollama_tui.core import units
from ollama_tui.core.memory.fit import Fit
from ollama_tui.tui.lines import Line, joined, line, loud, quiet
from ollama_tui.tui.screens.dialog import AROUND, Dialog
from ollama_tui.tui.widgets.choice_list import ChoiceList


class ContextScreen(Dialog[int]):
    """A row for each context; gives its tokens, or None if it is left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,right,j", "choose(1)", show=False),
        Binding("up,left,k", "choose(-1)", show=False),
        Binding("enter", "press", show=False),
        Binding("q", "leave", show=False),
    ]

    choices = getters.query_one(ChoiceList)

    def __init__(self, name: str, fits: Sequence[Fit], first: int) -> None:
        """Show what a model takes.

        Args:
            name: the model's.
            fits: how it goes into memory with each context.
            first: the context that the cursor begins at, or near.
        """
        keys = (("↵", "save as a model"), ("↑↓", "choose"), ("esc", "close"))
        super().__init__(f"Memory of {name} by context", keys)
        self._fits = {str(fit.options.context): fit for fit in fits}
        self._first = str(max((c for c in map(int, self._fits) if c <= first), default=first))

    def body(self) -> Iterable[Widget]:
        """The contexts."""
        yield ChoiceList()

    def on_mount(self) -> None:
        """Begin with the context that the model would get."""
        largest = next(iter(self._fits.values())).max_context if self._fits else None
        self.choices.is_chosen = True
        self.choices.choices = tuple(
            (name, _words(fit, is_largest=fit.options.context == largest))
            for name, fit in self._fits.items()
        )
        self.choices.move_to(self._first)

    def on_resize(self) -> None:
        """Show as many of them as there is room for."""
        self.choices.styles.height = max(1, min(len(self._fits), self.app.size.height - AROUND))

    def action_choose(self, rows: int) -> None:
        """Move along the contexts."""
        self.choices.action_move(rows)

    def action_press(self) -> None:
        """Take the one under the cursor."""
        chosen = self.choices.selected
        self.dismiss(int(chosen) if chosen else None)


def _words(fit: Fit, *, is_largest: bool) -> Line:
    parts = [line(quiet("the largest that fits"))] if is_largest else []
    if fit.measured is not None:
        parts.append(line(quiet("measured")))
    verdict = fit.verdict.value if fit.verdict else units.UNKNOWN
    return joined([*parts, line(loud(units.memory(fit.total))), line(f"{verdict:<6}")])
