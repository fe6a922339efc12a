"""The dialog that shows all about one model: to be read, searched and copied."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import events, getters
from textual.binding import Binding, BindingType
from textual.reactive import var
from textual.widget import Widget

from ollama_tui.core import units
from ollama_tui.core.models import Model, ModelDetails
from ollama_tui.core.sections import Section, sections_of, unread
from ollama_tui.tui.document import Document
from ollama_tui.tui.lines import Line, line, quiet, spread, wrapped
from ollama_tui.tui.screens.dialog import Dialog
from ollama_tui.tui.widgets.canvas import Canvas
from ollama_tui.tui.widgets.finding_reader import FindingReader

_A_MOMENT = 0.3
"""Seconds after which one is told that the server is being asked."""
_CLIPBOARD_AT_MOST = 74_994
"""Bytes of base64 that terminals take for their clipboard; a longer text they drop in silence."""
_KEYS = (("/", "find"), ("n N", "next"), ("tab", "section"), ("y", "copy it"), ("esc", "close"))
_FEW_KEYS = (("/", "find"), ("tab", "section"), ("y", "copy"), ("esc", "close"))


class StandingLine(Canvas):
    """What is read at the left, or what was said of the last key; what was found at the right."""

    left: var[Line] = var(())
    right: var[Line] = var(())
    said: var[str] = var("")
    """Takes the place of both until a key; empty: nothing."""

    def picture(self, width: int, height: int) -> Sequence[Line]:
        """One line, or what was said in as many as that takes."""
        return wrapped(self.said, width) or (spread(self.left, self.right, width),)

    def watch_said(self) -> None:
        """Be as high as that needs."""
        self.styles.height = max(1, len(wrapped(self.said, max(1, self.size.width))))
        self.redraw()


class InspectScreen(Dialog[None]):
    """Facts, parameters, system prompt, template, licence and Modelfile of a model."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,i", "close", show=False),
        Binding("slash", "find", show=False),
        Binding("enter", "keep", show=False),
        Binding("n", "step(1)", show=False),
        Binding("N", "step(-1)", show=False),
        Binding("tab,right_square_bracket", "section(1)", show=False),
        Binding("shift+tab,left_square_bracket", "section(-1)", show=False),
        Binding("y", "copy", show=False),
    ]

    WIDTH = None

    reader = getters.query_one(FindingReader)
    standing = getters.query_one(StandingLine)

    def __init__(
        self, model: Model, details: ModelDetails | None, now: float, *, command: str
    ) -> None:
        """Show a model.

        Args:
            model: as the list tells it.
            details: what `show` told of it; None: it is being asked, and `tell` will be called.
            now: seconds since 1970.
            command: the one that prints all this.
        """
        super().__init__(model.name, _KEYS)
        self._model, self._now, self._command = model, now, command
        self._is_reading = details is None
        known = sections_of(model, details or ModelDetails(model.name), now)
        self._known = known if details is not None else known[:1]

    def body(self) -> Iterable[Widget]:
        """The text, and a line about it."""
        yield FindingReader()
        yield StandingLine()

    def on_mount(self) -> None:
        """Take most of the screen."""
        self.take_most_of_screen()
        self.reader.styles.height, self.standing.styles.height = "1fr", 1
        self.reader.focus()
        self._show(self._known)
        for fact in ("section", "typed", "found", "count"):
            self.watch(self.reader, fact, self._stand, init=False)
        if self._is_reading:
            self.set_timer(_A_MOMENT, self._say_that_it_is_read)

    def on_resize(self) -> None:
        """Name fewer keys where there is no room for all."""
        self.show_keys(_KEYS if self.app.size.width >= 70 else _FEW_KEYS)

    def tell(self, details: ModelDetails) -> None:
        """Show what `show` told."""
        self._is_reading = False
        self._show(sections_of(self._model, details, self._now))

    def fail(self, why: str) -> None:
        """Show why it told nothing."""
        self._is_reading = False
        self._show((*self._known, unread(self._model, why)))

    def on_key(self, event: events.Key) -> None:
        """Take the letters of what is looked for."""
        self._say("")
        if self.reader.take(event):
            event.stop()
            event.prevent_default()

    def action_find(self) -> None:
        """Let the keys go into what is looked for."""
        self.reader.begin()

    def action_keep(self) -> None:
        """Let the keys move again, with what was found still marked."""
        self.reader.keep()

    def action_step(self, places: int) -> None:
        """Go to the next place or the one before."""
        if not self.reader.step(places):
            self._say("/ finds, then n and N go on.")

    def action_section(self, sections: int) -> None:
        """Go to the next heading or the one before."""
        self.reader.go_to_section(sections)

    def action_leave(self) -> None:
        """Drop what is looked for, else close."""
        if not self.reader.leave():
            self.dismiss(None)

    def action_close(self) -> None:
        """Close."""
        self.dismiss(None)

    def action_copy(self) -> None:
        """Send the section that is read to the terminal's clipboard, if that will take it."""
        section = self._section
        size = len(section.text.encode())
        if not section.part or not section.text:
            self._say("There is nothing to copy here.")
        elif -(-size // 3) * 4 > _CLIPBOARD_AT_MOST:
            command = f"{self._command} --part {section.part}"
            self._say(f"{units.transferred(size)}, too long to copy: {command}")
        else:
            self.app.copy_to_clipboard(section.text)
            size_words = units.transferred(size)
            self._say(f"{section.heading}, {size_words}: sent to the terminal's clipboard")

    @property
    def _section(self) -> Section:
        return self.reader.document.sections[self.reader.section]

    def _show(self, sections: Sequence[Section]) -> None:
        self.reader.show(Document(sections))
        self._stand()

    def _say_that_it_is_read(self) -> None:
        if self._is_reading:
            self._show((*self._known, Section("", "Reading…", "The server is asked for more.")))

    def _say(self, words: str) -> None:
        self.standing.said = words

    def _stand(self) -> None:
        found, count = self.reader.found, line(quiet(self.reader.count))
        if self.reader.typed is not None:
            left, right = line(f"/{self.reader.typed}", (" ", "cursor")), count
        else:
            left = line(quiet(self._section.heading))
            right = line(f"/{found.wanted}  ", *count) if found is not None else ()
        self.standing.left, self.standing.right = left, right
