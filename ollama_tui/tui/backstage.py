"""What works behind the screen: made, and imported, when it is first needed.

Of all this the first frame shows nothing, and with it would take a tenth longer.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from ollama_tui.config import Settings
from ollama_tui.core.cache import LibraryCache
from ollama_tui.core.current import CurrentModel
from ollama_tui.core.models import ModelDetails
from ollama_tui.tui.notice import Notice
from ollama_tui.tui.pacer import Pacer
from ollama_tui.tui.store import Store

if TYPE_CHECKING:
    from ollama_tui.core.alias import CurrentAlias
    from ollama_tui.core.downloads import Downloads
    from ollama_tui.core.gpus.reader import GpuReader
    from ollama_tui.core.installed import InstalledModels
    from ollama_tui.core.load_times import LoadTimes
    from ollama_tui.core.loaded import LoadedModels
    from ollama_tui.core.looker import Looker
    from ollama_tui.core.memory.fits import Fits
    from ollama_tui.core.model_disk import ModelDisk
    from ollama_tui.core.pin_file import PinFile
    from ollama_tui.core.preflight import Preflight
    from ollama_tui.core.service import OllamaService
    from ollama_tui.core.start_log import StartLog
    from ollama_tui.tui.fitting import Weighed
    from ollama_tui.tui.parts import Parts
    from ollama_tui.tui.told import Told


class Backstage(Store):
    """The server, the downloads, the machine, and the program's own files about models."""

    def __init__(self, settings: Settings, make_parts: Callable[[], Parts]) -> None:
        """Make what is there from the start: little, but what reads the models of the last time.

        Args:
            settings: which server, and where the files are.
            make_parts: is called once, when the server or a download is first asked for.

        Raises:
            InvalidInput: when the alias of the current model cannot be a model's name.
            Refused: when Ollama would read it as something else.
        """
        super().__init__(settings)
        self._make_parts = make_parts
        self.current_model = CurrentModel(
            settings.paths.current, settings.server_key, self.tell_failure
        )
        self.alias_name = self.alias.name if settings.current_alias else ""
        self.cache = LibraryCache(settings.paths.cache, settings.server_key)
        self.running_pacer, self.library_pacer = Pacer(), Pacer()
        self.details_pacer, self.gpu_pacer = Pacer(), Pacer()
        self.insights_pacer, self.fits_pacer = Pacer(), Pacer()
        self.start_pacer = Pacer()
        self.looker: Looker | None = None
        """Looks beneath the answers of the server; None until the first of them is there."""
        self.known_details: dict[str, ModelDetails] = {}

    def tell_failure(self, text: str) -> None:
        """Say what failed, until a key."""
        self.notice = Notice(text, is_failure=True)

    @cached_property
    def parts(self) -> Parts:
        """What was made for this server."""
        return self._make_parts()

    @property
    def service(self) -> OllamaService:
        """The server."""
        return self.parts.service

    @property
    def downloads(self) -> Downloads:
        """Who downloads."""
        return self.parts.downloads

    @property
    def preflight(self) -> Preflight | None:
        """Looks ahead at what a download will take; None: nobody does."""
        return self.parts.preflight

    @property
    def disk(self) -> ModelDisk:
        """Looks at the disk of the models."""
        return self.parts.machine.disk

    @property
    def start_log(self) -> StartLog:
        """Tells of the server's start."""
        return self.parts.machine.log

    @cached_property
    def gpu_reader(self) -> GpuReader | None:
        """Reads the GPUs; None: nobody does."""
        from ollama_tui.core.gpus.reader import GpuReader

        source = self.parts.machine.gpus
        return GpuReader(source) if source else None

    @cached_property
    def pin_file(self) -> PinFile:
        """The models that are to stay loaded."""
        from ollama_tui.core.pin_file import PinFile

        return PinFile(self.settings.paths.pins, self.settings.server_key, self.tell_failure)

    @cached_property
    def loaded_models(self) -> LoadedModels:
        """Loads, unloads and pins."""
        from ollama_tui.core.loaded import LoadedModels

        return LoadedModels(self.service, self.pin_file)

    @cached_property
    def installed_models(self) -> InstalledModels:
        """Deletes, copies and renames."""
        from ollama_tui.core.installed import InstalledModels

        return InstalledModels(self.service, self.pin_file)

    @cached_property
    def load_times(self) -> LoadTimes:
        """How long models took to load."""
        from ollama_tui.core.load_times import LoadTimes

        return LoadTimes(self.settings.paths.load_times, self.settings.server_key)

    @cached_property
    def alias(self) -> CurrentAlias:
        """Chooses the current model."""
        from ollama_tui.core.alias import CurrentAlias

        return CurrentAlias(self.service, self.current_model, self.settings.current_alias)

    @cached_property
    def told(self) -> Told:
        """What was said of the downloads."""
        from ollama_tui.tui.told import Told

        return Told()

    @cached_property
    def fits(self) -> Fits:
        """Works out which models fit."""
        from ollama_tui.core.memory.fits import fits_of

        paths = self.settings.paths
        return fits_of(self.service, paths.shapes, paths.learned_memory, self.settings.server_key)

    @cached_property
    def weighed(self) -> Weighed:
        """What models would take, as far as it was worked out."""
        from ollama_tui.tui.fitting import Weighed

        return Weighed()
