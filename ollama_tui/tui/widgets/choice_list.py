"""A list to choose from in a dialog: a name at the left, a word about it at the right."""

from __future__ import annotations

from collections.abc import Sequence

from textual.reactive import var

from ollama_tui.tui.lines import Line, elided, line, quiet, spread
from ollama_tui.tui.lines import width as width_of
from ollama_tui.tui.widgets.row_list import RowList

Choice = tuple[str, Line]


class ChoiceList(RowList, can_focus=False):
    """Rows of a name and a word, as many as fit; its cursor is moved from outside."""

    choices: var[tuple[Choice, ...]] = var(())
    is_chosen: var[bool] = var(False)
    """Whether the cursor is shown."""
    instead: var[tuple[Line, ...]] = var((line(quiet("nothing matches")),))
    """What is shown then, where there is nothing to choose."""

    def row(self, index: int, width: int) -> Sequence[Line]:
        """A name and the word about it."""
        name, word = self.choices[index]
        return (spread(line(elided(name, max(8, width - width_of(word) - 2))), word, width),)

    def empty_picture(self, width: int, height: int) -> Sequence[Line]:
        """A word where there is nothing to choose."""
        return self.instead if self.is_chosen else ()

    def watch_choices(self) -> None:
        """Show other choices."""
        self.put_rows(tuple(name for name, _ in self.choices))

    def _under_cursor(self, of: Line) -> Line:
        if not self.is_chosen:
            return of
        return tuple((text, f"{ink} cursor".strip()) for text, ink in of)
