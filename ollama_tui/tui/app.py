"""The application: the store that the screens watch, the polls, the keys."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.screen import Screen

from ollama_tui.config import Settings
from ollama_tui.core.acts import ACTS, MOVES, Act, Situation
from ollama_tui.core.alias import CurrentAlias
from ollama_tui.core.cache import LibraryCache
from ollama_tui.core.current import CurrentModel
from ollama_tui.core.downloads import Downloads
from ollama_tui.core.installed import InstalledModels
from ollama_tui.core.keys import rebound
from ollama_tui.core.library import Library
from ollama_tui.core.load_times import LoadTimes
from ollama_tui.core.loaded import LoadedModels
from ollama_tui.core.machine import Machine
from ollama_tui.core.models import ModelDetails
from ollama_tui.core.pin_file import PinFile
from ollama_tui.core.preferences import Preferences, save_preferences
from ollama_tui.core.service import OllamaService
from ollama_tui.tui import polls
from ollama_tui.tui.acts import performed
from ollama_tui.tui.acts.views import type_into_filter
from ollama_tui.tui.notice import SECONDS, Notice
from ollama_tui.tui.recall import recall, remember
from ollama_tui.tui.screens.dialog import Dialog
from ollama_tui.tui.screens.main import MainScreen
from ollama_tui.tui.situation import situation_of
from ollama_tui.tui.store import Store
from ollama_tui.tui.told import Told
from ollama_tui.tui.view import View

if TYPE_CHECKING:
    from ollama_tui.core.gpus.reader import GpuReader
    from ollama_tui.core.looker import Looker
    from ollama_tui.core.memory.fits import Fits
    from ollama_tui.core.preflight import Preflight
    from ollama_tui.tui.fitting import Weighed


class OllamaTuiApp(Store):
    """One server's models, loaded models and downloads, kept up to date."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(act.keys), f"act('{act.id}')", act.title, show=False, id=act.id)
        for act in ACTS
        if act.keys
    ]

    def __init__(
        self,
        settings: Settings,
        service: OllamaService,
        downloads: Downloads,
        preferences: Preferences = Preferences(),  # noqa: B008
        clock: Callable[[], float] = time.time,
        preflight: Preflight | None = None,
        machine: Machine = Machine(),  # noqa: B008
    ) -> None:
        """Put the last known library into the store; nothing is asked yet.

        Raises:
            InvalidInput: when the settings bind keys that cannot be bound.
        """
        super().__init__(settings)
        self.clock = clock
        self.service, self.downloads, self.preflight = service, downloads, preflight
        self.disk, self.start_log = machine.disk, machine.log
        self._gpu_source = machine.gpus
        self.acts = rebound((*ACTS, *MOVES), settings.keys)
        if settings.keys:
            # Textual works through it at each key, twice, which takes as long as the key itself.
            self.set_keymap({act.id: ",".join(act.keys) for act in self.acts})
        self._open_files()
        self.running_pacer, self.library_pacer = polls.Pacer(), polls.Pacer()
        self.details_pacer, self.gpu_pacer = polls.Pacer(), polls.Pacer()
        self.insights_pacer, self.fits_pacer = polls.Pacer(), polls.Pacer()
        self.start_pacer = polls.Pacer()
        self.looker: Looker | None = None
        """Looks beneath the answers of the server; None until the first of them is there."""
        self.gpus_as_of = 0.0
        self.library_as_of: float | None = None
        self.running_lines = 1
        """Lines that the loaded models took when the program ran last."""
        self.expiries_before: dict[str, float | None] = {}
        """When models expired that are to go, as the server told it just before, by name."""
        self.known_details: dict[str, ModelDetails] = {}
        self.keys_pressed = 0
        """How many so far, in dialogs too: by it an act knows that it is still the last one."""
        self.told = Told()
        self.preferences = self._first_preferences = preferences
        self.preferences_lock = asyncio.Lock()
        recall(self)

    def _open_files(self) -> None:
        settings, service = self.settings, self.service
        self.pin_file = pins = PinFile(settings.paths.pins, settings.server_key, self.tell_failure)
        self.loaded_models = LoadedModels(service, pins)
        self.installed_models = InstalledModels(service, pins)
        self.load_times = LoadTimes(settings.paths.load_times, settings.server_key)
        self.cache = LibraryCache(settings.paths.cache, settings.server_key)
        self.current_model = CurrentModel(
            settings.paths.current, settings.server_key, self.tell_failure
        )
        self.alias = CurrentAlias(service, self.current_model, settings.current_alias)

    @cached_property
    def fits(self) -> Fits:
        """Works out which models fit; imported after the first frame."""
        from ollama_tui.core.memory.fits import fits_of

        paths = self.settings.paths
        return fits_of(self.service, paths.shapes, paths.learned_memory, self.settings.server_key)

    @cached_property
    def weighed(self) -> Weighed:
        """What models would take, as far as it was worked out."""
        from ollama_tui.tui.fitting import Weighed

        return Weighed()

    @cached_property
    def gpu_reader(self) -> GpuReader | None:
        """Reads the GPUs; None: nobody does."""
        from ollama_tui.core.gpus.reader import GpuReader

        return GpuReader(self._gpu_source) if self._gpu_source else None

    @property
    def situation(self) -> Situation:
        """What the acts can depend on now."""
        return situation_of(self)

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
        for group, poll in polls.POLLS.items():
            self.run_worker(poll(self), group=group)

    async def on_event(self, event: events.Event) -> None:
        """Drop the notice at a key, and ask at once when the terminal has the focus again."""
        if isinstance(event, events.AppFocus):
            self.running_pacer.hurry()
            self.gpu_pacer.hurry()
        is_key = isinstance(event, events.Key) and not event.is_forwarded
        self.keys_pressed += is_key
        if is_key and not isinstance(self.screen, Dialog):
            self.notice = None
        await super().on_event(event)

    def on_key(self, event: events.Key) -> None:
        """Take the letters of the filter, and those that were typed ahead of a dialog.

        They are taken here, where the acts run, and not by the widget that has the focus:
        keys that come faster than an act is done have passed that widget already.
        """
        if isinstance(self.screen, Dialog):
            is_taken = self.screen.type_ahead(event)
        else:
            is_taken = self.view.is_typing and type_into_filter(self, event)
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

    def tell_failure(self, text: str) -> None:
        """Say what failed, until a key."""
        self.notice = Notice(text, is_failure=True)

    def _forget(self, notice: Notice) -> None:
        # Its time may come while the program ends, when no screen is left.
        if self.screen_stack and isinstance(self.screen, Dialog):
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
