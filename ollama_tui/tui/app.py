"""The application: the store that the screens watch, the polls, the keys."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.screen import Screen

from ollama_tui.config import Settings
from ollama_tui.core.acts import ACTS, MOVES, Act, Situation
from ollama_tui.core.keys import elsewhere, rebound
from ollama_tui.core.library import Library
from ollama_tui.core.preferences import Preferences, save_preferences
from ollama_tui.tui.acts import performed
from ollama_tui.tui.backstage import Backstage
from ollama_tui.tui.notice import SECONDS, Notice
from ollama_tui.tui.recall import recall, remember
from ollama_tui.tui.screens.main import MainScreen
from ollama_tui.tui.situation import situation_of
from ollama_tui.tui.view import View

if TYPE_CHECKING:
    from ollama_tui.tui.parts import Parts


class OllamaTuiApp(Backstage):
    """One server's models, loaded models and downloads, kept up to date."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(act.keys), f"act('{act.id}')", act.title, show=False, id=act.id)
        for act in ACTS
        if act.keys
    ]

    def __init__(
        self,
        settings: Settings,
        make_parts: Callable[[], Parts],
        preferences: Preferences = Preferences(),  # noqa: B008
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Put the last known library into the store; nothing is asked yet.

        Raises:
            InvalidInput: when the settings bind keys that cannot be bound.
        """
        super().__init__(settings, make_parts)
        self.clock = clock
        self.acts = rebound((*ACTS, *MOVES), settings.keys)
        if settings.keys:
            # Textual works through it at each key, twice, which takes as long as the key itself.
            self.set_keymap({act.id: ",".join(act.keys) for act in self.acts})
        self.has_looked = asyncio.Event()
        """Whether the server was asked for the models once, and what it said is on screen."""
        self.gpus_as_of = 0.0
        self.library_as_of: float | None = None
        self.running_lines = 1
        """Lines that the loaded models took when the program ran last."""
        self.expiries_before: dict[str, float | None] = {}
        """When models expired that are to go, as the server told it just before, by name."""
        self.keys_pressed = 0
        """How many so far, in dialogs too: by it an act knows that it is still the last one."""
        self.preferences = self._first_preferences = preferences
        self.preferences_lock = asyncio.Lock()
        recall(self)

    @property
    def situation(self) -> Situation:
        """What the acts can depend on now."""
        return situation_of(self)

    @property
    def has_dialog(self) -> bool:
        """Whether one lies over the main screen."""
        return len(self.screen_stack) > 1

    def get_default_screen(self) -> Screen[None]:
        """The main screen, which paints sooner as the default one than when pushed."""
        return MainScreen()

    def on_mount(self) -> None:
        """Start to ask, once the first frame is out."""
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        if not gc.isenabled():
            # What is there now stays, so it need not be looked through again and again.
            gc.freeze()
            gc.enable()
        from ollama_tui.tui.polls import begin

        if self.library is not None:
            self.service.recall(self.library)
        begin(self)

    async def on_event(self, event: events.Event) -> None:
        """Ask at once when the terminal has the focus again."""
        if isinstance(event, events.AppFocus):
            self.running_pacer.hurry()
            self.gpu_pacer.hurry()
        await super().on_event(event)

    def begin_key(self) -> None:
        """Drop the notice."""
        self.keys_pressed += 1
        if not self.has_dialog:
            self.notice = None

    def on_key(self, event: events.Key) -> None:
        """Take the letters of the filter; tell where a key works that does nothing here."""
        if self.has_dialog:
            return
        is_taken = self.view.is_typing and self._type_into_filter(event)
        if not is_taken and (where := elsewhere(self.acts, event.key, self.panel)):
            self.tell(where)
        if is_taken:
            event.stop()
            event.prevent_default()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether an act works in the focused panel; whether it can is asked when it is pressed."""
        if action != "act":
            return True
        return self.act(str(parameters[0])).works_in(self.panel)

    def act(self, name: str) -> Act:
        """The act of that id, with the user's own keys."""
        return next(act for act in self.acts if act.id == name)

    async def action_act(self, name: str) -> None:
        """Do an act, or say why it cannot be done now."""
        if reason := self.act(name).reason_against(self.situation):
            self.tell(reason)
            return
        await performed(name)(self)

    def tell(self, text: str, fact: str = "") -> None:
        """Say what happened, for some seconds or until a key."""
        if self.notice is None or not self.notice.is_failure:
            self.notice = Notice(text, fact)
            self.set_timer(SECONDS, partial(self._forget, self.notice))

    def _type_into_filter(self, event: events.Key) -> bool:
        from ollama_tui.tui.acts.views import type_into_filter

        return type_into_filter(self, event)

    def _forget(self, notice: Notice) -> None:
        if self.has_dialog:
            # The key bar is not seen now.
            self.set_timer(SECONDS, partial(self._forget, notice))
        elif self.notice is notice:
            self.notice = None

    def on_unmount(self) -> None:
        """Keep what the last key chose, though its worker may have had no time."""
        if self.preferences != self._first_preferences and not self.settings.demo:
            save_preferences(self.settings.paths.preferences, self.preferences)

    def refresh_now(self) -> None:
        """Ask everything again at once."""
        for pacer in (self.running_pacer, self.library_pacer, self.gpu_pacer):
            pacer.hurry()

    def watch_selected(self) -> None:
        """Learn more of the model on which the cursor rests."""
        self.details_pacer.hurry()

    def watch_view(self, before: View, now: View) -> None:
        """Remember the order and the folds."""
        if before.kept_in(self.preferences) != now.kept_in(self.preferences):
            remember(self, now.kept_in(self.preferences))

    def watch_library(self, library: Library | None) -> None:
        """Drop the marks of models that are gone."""
        self.view = self.view.pruned(library or Library())
