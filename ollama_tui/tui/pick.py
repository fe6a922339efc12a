"""`pick`: a list of the models over the whole screen, of which one is chosen."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from ollama_tui.config import Settings
from ollama_tui.core.cache import LibraryCache
from ollama_tui.core.errors import NoSuchModel, OllamaTuiError, TooOld
from ollama_tui.core.hosts import label, without_secrets
from ollama_tui.core.library import Library
from ollama_tui.core.models import Server
from ollama_tui.core.preferences import Preferences
from ollama_tui.core.service import OllamaService
from ollama_tui.tui.layout import BOXED_FROM
from ollama_tui.tui.lines import Line, line, loud, quiet
from ollama_tui.tui.screens.dialog import Lines
from ollama_tui.tui.terminal_app import TerminalApp
from ollama_tui.tui.view import View
from ollama_tui.tui.widgets.header import Header
from ollama_tui.tui.widgets.pick_table import PickTable

ASKED_EVERY = 5.0
"""Seconds between two looks at the server."""
LEFT = 130
"""The code of a program that was interrupted."""
_KEYS = (("↵", "print"), ("esc", "close"), ("↑↓", "move"), ("a-z", "filter"))


class PickApp(TerminalApp[str]):
    """Gives the name of a model, or none and the code of an interruption."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,ctrl+j", "pick", show=False),
        Binding("escape,ctrl+c,ctrl+q,ctrl+d", "leave", show=False, priority=True),
        Binding("backspace,ctrl+h", "erase", show=False),
        Binding("ctrl+u,ctrl+w", "erase_all", show=False),
    ]

    def __init__(
        self,
        settings: Settings,
        service: OllamaService,
        preferences: Preferences,
        current: str | None,
        words: Iterable[str] = (),
    ) -> None:
        """Show the last known library; nothing is asked yet.

        Args:
            settings: which server it is, and how to draw.
            service: that server.
            preferences: the order of the rows, and the theme.
            current: the current model, at which the cursor begins; None if there is none.
            words: the filter to begin with.
        """
        super().__init__(settings)
        self.service = service
        self.failure: OllamaTuiError | None = None
        """Why there is nothing to choose from; None as long as there may be."""
        self.cache = LibraryCache(settings.paths.cache, settings.server_key)
        url = without_secrets(settings.url)
        self.server = Server(url, label(url, settings.machine))
        self.title = f"ollama-tui pick {self.server.label}"
        self.header = Header(id="header")
        self.models = PickTable(current, id="models")
        self.keys = Lines((_keys(),), id="key_bar")
        self._begin_with(preferences, current, " ".join(words))

    def _begin_with(self, preferences: Preferences, current: str | None, words: str) -> None:
        self.header.is_demo = self.settings.demo
        self.header.is_read_only = self.settings.read_only
        self.header.current = self.models.current = current
        self.models.now = time.time()
        self.models.view = View(preferences.column, preferences.reverse, words, is_typing=True)
        if known := self.cache.load():
            self.server = self.server.named(known.version)
            self.models.library, self.models.stale_as_of = known.library, known.as_of
        self.header.server = self.server
        for canvas in (self.header, self.models, self.keys):
            canvas.is_ascii = self.settings.ascii
        self.choose_theme(self.settings.theme or preferences.theme)

    def compose(self) -> ComposeResult:
        """The server, the models, and what the keys do."""
        self.models.add_class("panel")
        yield from (self.header, self.keys, self.models)

    def on_mount(self) -> None:
        """Ask the server, once the first frame is out; a SIGINT leaves as Ctrl-C does."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, self.action_leave)
        self.screen.set_class(self.settings.ascii, "-ascii")
        self.models.focus()
        self.call_after_refresh(self._begin)

    def on_resize(self, event: events.Resize) -> None:
        """Draw a box where there is room for one."""
        self.screen.set_class(event.size.width < BOXED_FROM, "-narrow")

    def on_key(self, event: events.Key) -> None:
        """Filter by what is typed."""
        if event.is_printable and event.character:
            self._look(self.models.view.typed(event.character))
            event.stop()
            event.prevent_default()

    def action_pick(self) -> None:
        """Give the name under the cursor."""
        if self.models.selected is not None:
            self.exit(self.models.selected)

    def action_leave(self) -> None:
        """Give none."""
        self.exit(None, return_code=LEFT)

    def action_erase(self) -> None:
        """Take back the last letter."""
        self._look(self.models.view.erased())

    def action_erase_all(self) -> None:
        """Show all models."""
        self._look(self.models.view.unfiltered().typing())

    def _begin(self) -> None:
        # What is loaded may take longer to be told; the list does not wait for it.
        for ask in (self._ask_library, self._ask_running):
            self.run_worker(self._keep_asking(ask))

    async def _keep_asking(self, ask: Callable[[], Awaitable[None]]) -> None:
        while True:
            await ask()
            await asyncio.sleep(ASKED_EVERY)

    async def _ask_running(self) -> None:
        try:
            self.models.running = self.header.running = await self.service.running()
            self.server = self.server.answered()
        except TooOld as error:
            self.server = self.server.limited(error.what)
        except OllamaTuiError as error:
            self.server = self.server.failed(error.what, error.remedy, time.time())
        self.header.server = self.server

    async def _ask_library(self) -> None:
        try:
            library = await self.service.library()
        except OllamaTuiError as error:
            self.models.library_failure = error.what
            if self.models.library is None:
                self._give_up(error)
            return
        if not library:
            remedy = "`ollama-tui pull qwen3:0.6b` fetches a small one."
            self._give_up(NoSuchModel("no models are installed", remedy))
        self._show(library)
        if not self.settings.demo:
            await asyncio.to_thread(self.cache.renew, library, time.time())

    def _show(self, library: Library) -> None:
        current = self.models.current
        self.models.library, self.models.stale_as_of = library, None
        self.models.library_failure = ""
        self.header.is_current_missing = current is not None and library.get(current) is None

    def _give_up(self, failure: OllamaTuiError) -> None:
        self.failure = failure
        self.exit(None)

    def _look(self, view: View) -> None:
        before = self.models.selected
        self.models.view = view
        if self.models.selected != before:
            self.models.action_move_to_first()


def _keys() -> Line:
    pieces: list[str | tuple[str, str]] = [" "]
    for key, words in _KEYS:
        pieces += [loud(key), quiet(f" {words}  ")]
    return line(*pieces)
