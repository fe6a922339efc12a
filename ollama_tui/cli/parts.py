"""The parts of the program, put together for one server."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ollama_tui.cli.machine import machine_of, model_folders
from ollama_tui.cli.output import say_failure
from ollama_tui.config import Settings
from ollama_tui.core.connection import Connection

if TYPE_CHECKING:
    from ollama_tui.core.alias import CurrentAlias
    from ollama_tui.core.cache import LibraryCache
    from ollama_tui.core.current import CurrentModel
    from ollama_tui.core.downloads import Downloads
    from ollama_tui.core.installed import InstalledModels
    from ollama_tui.core.library import Library
    from ollama_tui.core.loaded import LoadedModels
    from ollama_tui.core.machine import Machine
    from ollama_tui.core.model_folder import ModelFolders
    from ollama_tui.core.pin_file import PinFile
    from ollama_tui.core.preflight import Preflight
    from ollama_tui.core.service import OllamaService
    from ollama_tui.tui.parts import Parts as DashboardParts


@dataclass(frozen=True, slots=True)
class Parts:
    """What the dashboard and the commands work with."""

    settings: Settings
    service: OllamaService
    pins: PinFile
    loaded: LoadedModels
    installed: InstalledModels
    current: CurrentModel
    alias: CurrentAlias
    downloads: Downloads
    preflight: Preflight
    machine: Machine

    def keep(self, library: Library) -> None:
        """Keep what is installed, for completion and the next dashboard's first frame."""
        if not self.settings.demo:
            self._cache().renew(library, time.time())

    async def library(self) -> Library:
        """What is installed now, which is kept."""
        library = await self.service.library()
        self.keep(library)
        return library

    def known_library(self) -> Library | None:
        """What was installed when the server was last asked; None if that is not known."""
        known = self._cache().load()
        return known.library if known else None

    def _cache(self) -> LibraryCache:
        from ollama_tui.core.cache import LibraryCache

        return LibraryCache(self.settings.paths.cache, self.settings.server_key)


def build_parts(settings: Settings, connection: Connection) -> Parts:
    """Put together what commands need; nothing is sent yet."""
    from ollama_tui.core.alias import CurrentAlias
    from ollama_tui.core.current import CurrentModel
    from ollama_tui.core.installed import InstalledModels
    from ollama_tui.core.loaded import LoadedModels
    from ollama_tui.core.pin_file import PinFile
    from ollama_tui.core.service import OllamaService

    service = OllamaService(connection)
    current = CurrentModel(settings.paths.current, settings.server_key, warn=say_failure)
    pins = PinFile(settings.paths.pins, settings.server_key, warn=say_failure)
    folders = model_folders(settings, connection)
    return Parts(
        settings,
        service,
        pins,
        LoadedModels(service, pins),
        InstalledModels(service, pins),
        current,
        CurrentAlias(service, current, settings.current_alias),
        _downloads(settings, connection),
        _preflight(settings, connection, service, folders),
        machine_of(settings, connection, folders),
    )


def parts_of_dashboard(settings: Settings, connection: Connection) -> DashboardParts:
    """Put together what the dashboard needs; nothing is sent yet."""
    from ollama_tui.core.service import OllamaService
    from ollama_tui.tui.parts import Parts

    service, folders = OllamaService(connection), model_folders(settings, connection)
    return Parts(
        service,
        _downloads(settings, connection),
        _preflight(settings, connection, service, folders),
        machine_of(settings, connection, folders),
    )


def _preflight(
    settings: Settings,
    connection: Connection,
    service: OllamaService,
    folders: ModelFolders | None,
) -> Preflight:
    from ollama_tui.core.preflight import Preflight
    from ollama_tui.core.registries import Registries

    return Preflight(
        connection,
        Registries(connection.transport) if settings.preflight else None,
        service,
        folders,
        settings.insecure_registries,
    )


def _downloads(settings: Settings, connection: Connection) -> Downloads:
    from ollama_tui.holder.sockets import has_unix_sockets

    if settings.demo or not has_unix_sockets():
        return _local_downloads(settings, connection)
    return _held_downloads(settings)


def _held_downloads(settings: Settings) -> Downloads:
    from ollama_tui.core.journal import Journal
    from ollama_tui.holder.client import HeldDownloads
    from ollama_tui.holder.link import Links
    from ollama_tui.holder.place import HolderPlace
    from ollama_tui.holder.protocol import Target

    place = HolderPlace(settings.paths.state, settings.machine, os.environ)
    target = Target(
        settings.url,
        settings.server_key,
        settings.key,
        settings.insecure_registries,
        settings.parallel_downloads,
        settings.stall_seconds,
        settings.preflight,
        settings.on_download_end,
    )
    journal = Journal(place.journal)
    return HeldDownloads(Links(place), journal, target, read_only=settings.read_only)


def _local_downloads(settings: Settings, connection: Connection) -> Downloads:
    from ollama_tui.core.end_command import run_end_command
    from ollama_tui.core.local_downloads import LocalDownloads
    from ollama_tui.core.pull_rules import PullRules
    from ollama_tui.core.registries import Registries

    return LocalDownloads(
        connection,
        settings.insecure_registries,
        registries=Registries(connection.transport) if settings.preflight else None,
        rules=PullRules(settings.parallel_downloads, settings.stall_seconds),
        tell_end=lambda ended: run_end_command(settings.on_download_end, ended, settings.url),
    )
