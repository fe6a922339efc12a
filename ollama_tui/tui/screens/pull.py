"""The dialog that asks which model to pull."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import ClassVar

from textual import getters, on
from textual.binding import Binding, BindingType
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from ollama_tui.core import units
from ollama_tui.core.errors import InvalidInput
from ollama_tui.core.library import Column, Library
from ollama_tui.core.names import name_key, parse_name, understand
from ollama_tui.core.well_known import WELL_KNOWN
from ollama_tui.tui.lines import Line, cut, line, quiet, wrapped
from ollama_tui.tui.screens.dialog import AROUND, Lines
from ollama_tui.tui.screens.input_dialog import InputDialog
from ollama_tui.tui.widgets.choice_list import Choice, ChoiceList

_AT_MOST = 8
_REST_SECONDS = 0.5
"""How long a name stays the same before it is looked ahead for."""
_INPUT = 4
"""Lines of the input, and of the blank one above what is said."""

LookAhead = Callable[[str], Awaitable[tuple[Line, ...]]]
"""What a pull of that name would fetch, in lines."""


class PullScreen(InputDialog):
    """A name with suggestions; gives the name, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "choose(1)", show=False),
        Binding("up", "choose(-1)", show=False),
        Binding("tab", "complete", show=False, priority=True),
    ]

    suggestions = getters.query_one(ChoiceList)
    message = getters.query_one("#message", Lines)

    def __init__(self, library: Library, look_ahead: LookAhead | None = None) -> None:
        """Suggest what is installed and what is well known.

        Args:
            library: the installed models.
            look_ahead: tells of a name that rests what it would fetch; None: nobody asks.
        """
        super().__init__(
            "Pull a model",
            (("↵", "pull"), ("↓", "suggestions"), ("esc", "close")),
            placeholder="name, command or address",
        )
        self._library, self._look_ahead = library, look_ahead
        self._resting = ""
        self._rest: Timer | None = None

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
        self._suggest(event.value)
        self._follow_name()

    @on(Input.Submitted)
    def submit(self, event: Input.Submitted) -> None:
        """Pull the chosen suggestion, or what is typed."""
        chosen = self.suggestions.selected if self.suggestions.is_chosen else None
        try:
            name = understand(chosen or event.value)
            parse_name(name)
        except InvalidInput as error:
            width = self.message.size.width
            what = wrapped(error.sentence, width, "broken")
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
        self._follow_name()

    def action_complete(self) -> None:
        """Put the suggestion into the input."""
        if self.suggestions.selected:
            self.field.value = self.suggestions.selected
            self.field.action_end()

    @property
    def _wanted(self) -> str:
        """The whole name that Enter would pull; empty if that is none."""
        chosen = self.suggestions.selected if self.suggestions.is_chosen else None
        try:
            return str(parse_name(understand(chosen or self.field.value)))
        except InvalidInput:
            return ""

    def _follow_name(self) -> None:
        """Say nothing of another name any more, and look ahead for this one once it rests."""
        self.workers.cancel_group(self, "look ahead")
        if self._rest is not None:
            self._rest.stop()
        self._resting = self._wanted
        self.message.show(((),))
        if self._resting:
            self._rest = self.set_timer(_REST_SECONDS, self._look)

    def _look(self) -> None:
        # Not a coroutine: the dialog may close before any begins.
        tell: Callable[[], Awaitable[None]] = partial(self._tell_ahead, self._resting)
        self.run_worker(tell, group="look ahead")

    async def _tell_ahead(self, name: str) -> None:
        is_here = self._library.get(name) is not None
        known = (line(quiet("installed · pulling it updates it")),) if is_here else ()
        if self._look_ahead is not None:
            self._say(line(quiet("asking the registry how large it is…")), *known)
            # A small screen has room for the first line only.
            known = (*await self._look_ahead(name), *known)
        if self.is_mounted and known:
            self._say(*known)

    def _say(self, *lines: Line) -> None:
        below = self.app.size.height - AROUND - _INPUT - max(1, len(self.suggestions.choices))
        width = self.message.size.width
        self.message.show(((), *(cut(of, width) for of in lines[: max(1, below)])))

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
