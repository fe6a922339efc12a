"""The dialog that asks for a new name."""

from __future__ import annotations

from collections.abc import Iterable

from textual import getters, on
from textual.widget import Widget
from textual.widgets import Input

from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.installed import refuse_suffix
from ollama_tui.core.library import Library
from ollama_tui.core.names import parse_name
from ollama_tui.tui.lines import wrapped
from ollama_tui.tui.screens.dialog import Lines
from ollama_tui.tui.screens.input_dialog import InputDialog


class NameScreen(InputDialog):
    """A name that can be given and is not taken; gives it, or None."""

    message = getters.query_one("#message", Lines)

    def __init__(self, title: str, verb: str, name: str, library: Library) -> None:
        """Ask for a name.

        Args:
            title: it names the model.
            verb: what Enter does.
            name: what stands there to begin with, selected.
            library: the names that are taken.
        """
        super().__init__(title, (("↵", verb), ("esc", "close")), placeholder="new name")
        self.field.value = self._first = name
        self.field.select_all()
        self._library = library

    def body(self) -> Iterable[Widget]:
        """The input, and a line for what is wrong."""
        yield self.field
        yield Lines(((),), id="message")

    def on_mount(self) -> None:
        """Let another name be typed; an arrow keeps the first one to be changed."""
        self.field.focus()
        if self.field.value == self._first:
            self.field.select_all()

    @on(Input.Changed)
    def clear(self) -> None:
        """Take back what was said."""
        self.message.show(((),))

    @on(Input.Submitted)
    def submit(self, event: Input.Submitted) -> None:
        """Give the name, or say why it cannot be given."""
        name = event.value.strip()
        try:
            parse_name(name)
            refuse_suffix(name)
        except OllamaTuiError as error:
            self._say(str(error))
            return
        if (taken := self._library.get(name)) is not None:
            self._say(f"{taken.name} is there already.")
            return
        self.dismiss(name)

    def _say(self, words: str) -> None:
        self.message.show(((), *wrapped(words, self.message.size.width, "broken")))
