"""What every full-screen program of ours does alike: signals, colours, focus, and a crash."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rich.console import RenderableType
from textual import events
from textual._compositor import ChopsUpdate
from textual.app import App, ReturnType
from textual.css.query import NoMatches
from textual.screen import Screen

from ollama_tui.config import THEMES, Settings
from ollama_tui.tui.stylesheet import KeptStylesheet
from ollama_tui.tui.terminal import (
    end_on_signals,
    give_title_back,
    take_title_again,
    write_crash_report,
)
from ollama_tui.tui.typing_turns import Typed, TypingTurns
from ollama_tui.tui.updates import DirtyCells


class TerminalApp(App[ReturnType]):
    """An application that leaves the terminal as it was."""

    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, settings: Settings) -> None:
        """Show nothing yet."""
        super().__init__()
        self.stylesheet = KeptStylesheet(variables=self.get_css_variables())
        self.settings = settings
        self.typing = TypingTurns(self, self._deal_with)
        self.is_watched = True
        """Whether the terminal has the focus."""
        self.crash: Path | None = None
        """Where the report of a crash was written; None as long as there was none."""
        self._task: asyncio.Task[object] | None = None

    @property
    def _is_ending(self) -> bool:
        # At SIGINT its task is cancelled, and nothing else tells.
        return self._exit or bool(self._task and self._task.cancelling())

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The colour of lines; borders cannot be dim."""
        return {"panel-line": "ansi_bright_black"}

    def on_load(self) -> None:
        """Heed signals before the screen is taken."""
        self._task = asyncio.current_task()
        end_on_signals(self)

    def on_mount(self) -> None:
        """Give back the title too at Ctrl-Z, and paint after `fg`, as nothing else does (8.2.8)."""
        self.app_suspend_signal.subscribe(self, give_title_back, immediate=True)
        self.app_resume_signal.subscribe(self, take_title_again, immediate=True)
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))

    async def on_event(self, event: events.Event) -> None:
        """Follow the terminal's focus without moving ours, and take one key after the other.

        Textual would take the focus off the table and give it back, 16 KB each time.
        """
        if isinstance(event, events.AppFocus | events.AppBlur):
            self.is_watched = isinstance(event, events.AppFocus)
        elif not isinstance(event, Typed):
            await super().on_event(event)
        elif self._is_ending:
            # What was typed behind a quit is meant for nobody.
            self.typing.drop()
        elif event.is_forwarded:
            await super().on_event(event)
            self.typing.come_back()
        else:
            await self.typing.take(event)

    def begin_key(self) -> None:
        """Be told that a key was pressed, before anything is done about it."""

    async def _deal_with(self, typed: Typed) -> None:
        if isinstance(typed, events.Key):
            self.begin_key()
        await super().on_event(typed)

    def _handle_exception(self, error: Exception) -> None:
        # A dialog that opens as the program is left is mounted, but not composed (Textual 8.2.8).
        if not (self._is_ending and isinstance(error, NoMatches)):
            super()._handle_exception(error)

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if type(renderable) is ChopsUpdate:
            renderable = DirtyCells.of(renderable)
        super()._display(screen, renderable)

    def choose_theme(self, name: str) -> None:
        """Use a theme, if there is one of that name, else the first of ours."""
        self.theme = name if name in self.available_themes else THEMES[0]

    def _fatal_error(self) -> None:
        # Textual would print a page of locals, with whatever secret is in them.
        self.crash = write_crash_report(
            self.settings.paths.crash, (self.settings.key, self.settings.token)
        )
        self._close_messages_no_wait()
