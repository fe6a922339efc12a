"""Who looks at the server's machine: the real one, or the demo's."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ollama_tui.config import Settings
from ollama_tui.core.connection import Connection

if TYPE_CHECKING:
    from ollama_tui.core.gpus.machine import GpuSource
    from ollama_tui.core.gpus.values import Reading
    from ollama_tui.core.machine import Machine
    from ollama_tui.core.model_disk import ModelDisk
    from ollama_tui.core.model_folder import ModelFolders


def machine_of(settings: Settings, connection: Connection, folders: ModelFolders | None) -> Machine:
    """What looks at the machine of the server; nothing is read yet.

    Args:
        settings: this program's.
        connection: to the server.
        folders: where it may keep its models; None: not on this machine.
    """
    from ollama_tui.core.machine import Machine
    from ollama_tui.core.start_log import StartLog, start_log_of

    # The demo has no log.
    log = StartLog() if settings.demo else start_log_of(connection.url)
    return Machine(_disk(settings, connection, folders), _gpus(settings, connection), log)


def model_folders(settings: Settings, connection: Connection) -> ModelFolders | None:
    """Where the server may keep its models, for all that ask; None: not on this machine."""
    from ollama_tui.core.hosts import is_loopback
    from ollama_tui.core.model_folder import ModelFolders

    if settings.demo or not is_loopback(connection.url):
        return None

    def named() -> Path | None:
        from ollama_tui.core.doctor.named import folder_named
        from ollama_tui.core.server_log import usual_places

        return folder_named(connection.url, usual_places())

    return ModelFolders(_usual_folders, named=named)


def _usual_folders() -> Iterable[Path]:
    from ollama_tui.core.model_folder import usual_folders

    try:
        home = Path.home()
    except RuntimeError:
        # A container's user may be none that the system knows.
        home = Path(os.sep)
    return usual_folders(os.environ, home)


def _other_folders() -> Iterable[Path]:
    from ollama_tui.core.doctor.named import served_folders
    from ollama_tui.core.model_disk import homes_of_others

    yield from homes_of_others()
    yield from (of.path for of in served_folders())


def _disk(settings: Settings, connection: Connection, folders: ModelFolders | None) -> ModelDisk:
    from ollama_tui.core.model_disk import DiskHere, ModelDisk

    if settings.demo:
        from ollama_tui.cli.demo_disk import DemoDisk
        from ollama_tui.demo.transport import EmulatorTransport

        assert isinstance(connection.transport, EmulatorTransport)
        return ModelDisk(DemoDisk(connection.transport.emulator))
    return ModelDisk(None if folders is None else DiskHere(folders, _other_folders))


def _gpus(settings: Settings, connection: Connection) -> GpuSource:
    if settings.demo:
        from ollama_tui.cli.demo_gpus import DemoSource
        from ollama_tui.demo.gpus import DemoGpus
        from ollama_tui.demo.transport import EmulatorTransport

        assert isinstance(connection.transport, EmulatorTransport)
        return DemoSource(DemoGpus(connection.transport.emulator))
    return _GpusHere(settings.url)


class _GpusHere:
    """The GPUs of this machine; what reads them is imported by the thread that does."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._gpus: GpuSource | None = None

    def read(self) -> Reading:
        """What can be known of them now."""
        if self._gpus is None:
            from ollama_tui.core.gpus.machine import MachineGpus

            self._gpus = MachineGpus(self._url)
        return self._gpus.read()
