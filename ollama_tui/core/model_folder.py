"""The folder in which a server on this machine keeps its models, never a wrong one."""

from __future__ import annotations

import os
import shlex
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ollama_tui.core.errors import InvalidInput
from ollama_tui.core.names import parse_name
from ollama_tui.core.partials import Begun, begun, file_name
from ollama_tui.core.shortage import Disk

_UNITS = Path("/etc/systemd/system")
_INSTALLED = (
    "/usr/share/ollama/.ollama/models",
    "/var/lib/ollama/.ollama/models",
    "/var/lib/ollama/models",
    "/var/lib/ollama",
)
_SAME_MOMENT = 1e-3
_KEPT_FOR = 60.0
"""Seconds in which a server is not asked anew what it was told; it may have been restarted."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a server says, with which its folder has to agree."""

    models: Mapping[str, float | None] | None
    """When each installed model was written, by `ModelName.key`; None: it did not say."""
    layers: Mapping[str, bool]
    """Whether it has a layer, by digest; without those of which it did not say."""


@dataclass(frozen=True, slots=True)
class Room:
    """What the disk of a model folder holds of a download, and has left for it."""

    begun: Begun = field(default_factory=Begun)
    """How far the layers are that are not whole; nothing where nobody knows."""
    free: int | None = None
    """Bytes; None: nobody knows."""


class ModelFolders:
    """The folders of this machine in which a server may keep its models."""

    def __init__(
        self,
        candidates: Callable[[], Iterable[Path]],
        free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
        total: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).total,
        named: Callable[[], Path | None] = lambda: None,
    ) -> None:
        """Nothing is read yet.

        Args:
            candidates: gives the folders, the likeliest first; it may read files.
            free: bytes that are left for a folder; an OSError means that nobody knows.
            total: bytes of the disk of a folder.
            named: gives the folder that the server was told to use, and may take seconds, so it
                is asked only where the others do not tell; None: nothing tells.
        """
        self._candidates = candidates
        self._free = free
        self._total = total
        self._named, self._named_at = named, float("-inf")
        self._known: Path | None = None

    def room(self, told: Told, wanted: Mapping[str, int]) -> Room:
        """The room in the folder of the server that says this; it reads files, so it blocks.

        Args:
            told: what the server says.
            wanted: bytes of each layer that is not whole, by a digest that can be a file's name.
        """
        folder = self.of(told)
        if folder is None:
            return Room()
        blobs = folder / "blobs"
        free = None
        with suppress(OSError):
            free = self._free(blobs)
        return Room(begun(blobs, wanted), free)

    def disk(self, told: Told) -> Disk | None:
        """The disk of the folder of the server that says this; None: nobody knows. It blocks."""
        folder = self.of(told)
        return None if folder is None else self.disk_of(folder)

    def disk_of(self, folder: Path) -> Disk | None:
        """The disk of a model folder; None: nobody knows. It blocks."""
        blobs = folder / "blobs"
        with suppress(OSError):
            return Disk(self._free(blobs), self._total(blobs))
        return None

    def there(self, more: Iterable[Path] = ()) -> dict[object, Path]:
        """The folders that are there, by what tells them apart under whatever name; it blocks.

        Args:
            more: folders besides, which no server is thought to use.
        """
        there: dict[object, Path] = {}
        for folder in (*self._candidates(), *more):
            if (mark := _mark(folder)) is not None:
                there.setdefault(mark, folder)
        return there

    def of(self, told: Told) -> Path | None:
        """The folder of the server that says this; None: nobody knows. It blocks."""
        there = self.there()
        agreeing = [folder for folder in there.values() if _agrees(folder, told)]
        # Where there is no model to compare, one folder looks like another.
        if told.models and len(agreeing) == 1:
            return agreeing[0]
        if (named := self._named_by_server()) is not None:
            return named if _agrees(named, told) else None
        return agreeing[0] if agreeing and len(there) == 1 else None

    def _named_by_server(self) -> Path | None:
        if time.monotonic() - self._named_at >= _KEPT_FOR:
            self._known = self._named()
            self._named_at = time.monotonic()
        return self._known


def usual_folders(
    environment: Mapping[str, str], home: Path, units: Path = _UNITS
) -> tuple[Path, ...]:
    """Where servers keep their models: as they were told to, in a home, as packages do it.

    Args:
        environment: this program's own; the server's may be another.
        home: this user's.
        units: the folder of systemd's units, which say what the server's environment is.
    """
    named = [environment.get("OLLAMA_MODELS", ""), *_named_in(units)]
    # As Ollama reads its variables (envconfig.Var).
    folders = [Path(text.strip().strip("\"'")) for text in named]
    folders += [home / ".ollama" / "models", *map(Path, _INSTALLED)]
    return tuple(dict.fromkeys(folder for folder in folders if folder.is_absolute()))


def _named_in(units: Path) -> Iterator[str]:
    changes = sorted((units / "ollama.service.d").glob("*.conf"))
    for file in (units / "ollama.service", *changes):
        with suppress(OSError, ValueError):
            for line in file.read_text(encoding="utf-8").splitlines():
                setting, _, value = line.partition("=")
                if setting.strip() == "Environment" and "OLLAMA_MODELS=" in value:
                    words = (word.partition("=") for word in shlex.split(value))
                    yield from (text for name, _, text in words if name == "OLLAMA_MODELS")


def _mark(folder: Path) -> object | None:
    """What tells a folder from others under whatever name; None if there is none."""
    try:
        found = (folder / "blobs").stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    except OSError:
        # One that is closed to this user may well be the server's.
        return folder
    return found.st_dev, found.st_ino


def _agrees(folder: Path, told: Told) -> bool:
    if told.models is None:
        return False
    try:
        files = set(os.listdir(folder / "blobs"))
        written = _written(folder, told.models)
    except OSError:
        return False
    has_layers = all((file_name(digest) in files) is has for digest, has in told.layers.items())
    return has_layers and _are_same_models(written, told.models)


def _are_same_models(written: Mapping[str, float], told: Mapping[str, float | None]) -> bool:
    """Whether a server that lists these models reads that folder, for all that can be seen.

    A tunnel makes a server elsewhere look near, and two machines may well have the same models;
    the server tells the times of its manifests' files, which they do not share. From v0.30 on
    it may remember some time of old.
    """
    times = ((time, told[key]) for key, time in written.items() if key in told)
    return written.keys() == told.keys() and (
        not written or any(one and abs(one - time) < _SAME_MOMENT for time, one in times)
    )


def _written(folder: Path, told: Mapping[str, object]) -> dict[str, float]:
    """When each model of a folder was written that a server can list, by `ModelName.key`."""
    from ollama_tui.core.model_store import manifest_fault

    written: dict[str, float] = {}
    for file in (folder / "manifests").glob("*/*/*/*"):
        host, namespace, model, tag = file.parts[-4:]
        with suppress(InvalidInput):
            key = parse_name(f"{host}/{namespace}/{model}:{tag}").key
            # One that a full disk left empty or cut short is not listed.
            if file.is_file() and (key in told or not manifest_fault(folder, file)):
                written[key] = file.stat().st_mtime
    return written
