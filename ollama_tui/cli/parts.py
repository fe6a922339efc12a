"""The parts of the program, put together for one server."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ollama_tui.cli.machine import machine_of, model_folders
from ollama_tui.cli.output import say_failure
from ollama_tui.config import Paths, Settings, default_paths, demo_paths, load_settings
from ollama_tui.core.connection import Connection
from ollama_tui.core.errors import StateUnwritable

if TYPE_CHECKING:
    import httpx

    from ollama_tui.core.alias import CurrentAlias
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
        from ollama_tui.core.cache import LibraryCache

        if not self.settings.demo:
            cache = LibraryCache(self.settings.paths.cache, self.settings.server_key)
            cache.renew(library, time.time())


@contextmanager
def settings_of(
    options: argparse.Namespace, environment: Mapping[str, str]
) -> Iterator[tuple[Settings, Connection]]:
    """The settings and the server they name; the demo's are gone at the end.

    Raises:
        InvalidInput: when a setting cannot be what it should be.
    """
    if options.demo:
        with _temporary_folder() as folder:
            # The demo asks nobody's server and reads nobody's settings; who is let in to what
            # it serves is told by the same token.
            theirs = {
                name: value
                for name, value in environment.items()
                if not name.startswith("OLLAMA_") or name == "OLLAMA_TUI_TOKEN"
            }
            settings = _settings(options, theirs, demo_paths(folder))
            yield settings, _connection(settings, _demo_transport())
    else:
        settings = _settings(options, environment, default_paths())
        yield settings, _connection(settings, None)


def build_parts(settings: Settings, connection: Connection) -> Parts:
    """Put together what dashboard and commands need; nothing is sent yet."""
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


def _settings(
    options: argparse.Namespace, environment: Mapping[str, str], paths: Paths
) -> Settings:
    return load_settings(
        environment,
        paths,
        host=options.host,
        demo=options.demo,
        read_only=options.readonly,
        ascii_only=options.ascii,
        preflight=not options.no_preflight,
    )


def _connection(settings: Settings, transport: httpx.AsyncBaseTransport | None) -> Connection:
    return Connection(
        settings.url, read_only=settings.read_only, key=settings.key, transport=transport
    )


def _demo_transport() -> httpx.AsyncBaseTransport:
    from ollama_tui.demo.library import demo_emulator
    from ollama_tui.demo.transport import EmulatorTransport

    return EmulatorTransport(demo_emulator())


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    import tempfile

    try:
        folder = tempfile.TemporaryDirectory(prefix="ollama-tui-demo-", ignore_cleanup_errors=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise StateUnwritable(
            f"the demo has no temporary folder: {reason}",
            f"{os.sep}tmp or TMPDIR must be writable.",
        ) from error
    with folder as path:
        yield Path(path)
