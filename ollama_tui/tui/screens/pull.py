"""The dialog that asks which model to pull."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import getters, on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from ollama_tui.core import units
from ollama_tui.core.errors import InvalidInput
from ollama_tui.core.library import Column, Library
from ollama_tui.core.names import name_key, parse_name, understand
from ollama_tui.core.well_known import WELL_KNOWN
from ollama_tui.tui.lines import line, quiet, wrapped
from ollama_tui.tui.screens.dialog import Lines
from ollama_tui.tui.screens.input_dialog import InputDialog
from ollama_tui.tui.widgets.choice_list import Choice, ChoiceList

_AT_MOST = 8


class PullScreen(InputDialog):
    """A name with suggestions; gives the name, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "choose(1)", show=False),
        Binding("up", "choose(-1)", show=False),
        Binding("tab", "complete", show=False, priority=True),
    ]

    suggestions = getters.query_one(ChoiceList)
    message = getters.query_one("#message", Lines)

    def __init__(self, library: Library) -> None:
        """Suggest what is installed and what is well known.

        Args:
            library: the installed models.
        """
        super().__init__(
            "Pull a model",
            (("↵", "pull"), ("↓", "suggestions"), ("esc", "close")),
            placeholder="name, command or address",
        )
        self._library = library

    def body(self) -> Iterable[Widget]:
        """The input, what is suggested, and a line for what is wrong."""
        yield self.field
        yield ChoiceList()
        yield Lines(((),), id="message")

    def on_mount(self) -> None:
        """Begin with the well-known names."""
        self._suggest("")
        self.field.focus()

    @on(Input.Changed)
    def suggest(self, event: Input.Changed) -> None:
        """Suggest names that hold what is typed."""
        self.message.show(((),))
        self._suggest(event.value)

    @on(Input.Submitted)
    def submit(self, event: Input.Submitted) -> None:
        """Pull the chosen suggestion, or what is typed."""
        chosen = self.suggestions.selected if self.suggestions.is_chosen else None
        try:
            name = understand(chosen or event.value)
            parse_name(name)
        except InvalidInput as error:
            width = self.message.size.width
            what = wrapped(f"{error.what[:1].upper()}{error.what[1:]}.", width, "broken")
            self.message.show(((), *what, *wrapped(error.remedy, width, "quiet")))
            return
        self.dismiss(name)

    def action_choose(self, rows: int) -> None:
        """Move among the suggestions; above the first one is the input again."""
        suggestions = self.suggestions
        if not suggestions.is_chosen:
            suggestions.is_chosen = rows > 0 and bool(suggestions.choices)
        elif rows < 0 and suggestions.selected == suggestions.choices[0][0]:
            suggestions.is_chosen = False
        else:
            suggestions.action_move(rows)

    def action_complete(self) -> None:
        """Put the suggestion into the input."""
        if self.suggestions.selected:
            self.field.value = self.suggestions.selected
            self.field.action_end()

    def _suggest(self, typed: str) -> None:
        choices = suggestions(self._library, understand(typed))[:_AT_MOST]
        self.suggestions.is_chosen = False
        self.suggestions.choices = choices
        self.suggestions.action_move_to_first()
        self.suggestions.styles.height = max(1, len(choices))


def suggestions(library: Library, typed: str) -> tuple[Choice, ...]:
    """Names that hold what is typed: installed ones first, then well-known ones."""
    found: dict[str, Choice] = {}
    wanted = typed.casefold()
    if wanted:
        for model in library.sorted_by(Column.NAME):
            if wanted in model.name.casefold():
                found[name_key(model.name)] = (model.name, line(quiet("installed")))
    for name, size in WELL_KNOWN:
        key = name_key(name)
        if wanted in name.casefold() and key not in found and not library.get(name):
            number, unit = units.disk_parts(size)
            found[key] = (name, line(number, quiet(f" {unit}")))
    return tuple(found.values())
