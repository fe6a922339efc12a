"""The disk of the demo's server, as its files would tell if it had any."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ollama_tui.core.disk_usage import Seen
from ollama_tui.core.model_folder import Told
from ollama_tui.core.model_store import Blob, Count, Store, StoredManifest
from ollama_tui.core.partials import file_name
from ollama_tui.core.shortage import Disk

if TYPE_CHECKING:
    from ollama_tui.demo.emulator import Emulator

_FOLDER = "/usr/share/ollama/.ollama/models"


class DemoDisk:
    """Looks at what the emulated server has, whatever it says."""

    def __init__(self, emulator: Emulator) -> None:
        """Look at this server's disk."""
        self._emulator = emulator

    def seen(self, told: Told, count: Count) -> Seen:
        """All that is there now."""
        store = self._store()
        count.files += len(store.blobs) + len(store.manifests)
        return Seen(store, f"{_FOLDER} (demo)", self._disk(store))

    def disk(self, told: Told) -> Disk | None:
        """How large it is, and what is left."""
        return self._disk(self._store())

    def _disk(self, store: Store) -> Disk | None:
        total = self._emulator.server.machine.disk
        return None if total is None else Disk(max(0, total - store.size), total)

    def _store(self) -> Store:
        manifests = tuple(
            StoredManifest(
                model.name.shown,
                tuple(dict.fromkeys(file_name(layer.digest) for layer in model.manifest.layers)),
            )
            for model in self._emulator.store.models
        )
        return Store(manifests, {**dict(self._leftovers()), **dict(self._layers())})

    def _layers(self) -> Iterator[tuple[str, Blob]]:
        for model in self._emulator.store.models:
            modified = model.modified_at.timestamp()
            for layer in model.manifest.layers:
                yield file_name(layer.digest), Blob(layer.size, layer.size, modified)

    def _leftovers(self) -> Iterator[tuple[str, Blob]]:
        emulator, now = self._emulator, self._emulator.clock.now().timestamp()
        when = {of.layer.digest: of.modified_at.timestamp() for of in emulator.store.leftovers}
        layers = {layer.digest: layer for of in emulator.registry.manifests for layer in of.layers}
        layers |= {of.layer.digest: of.layer for of in emulator.store.leftovers}
        for digest in emulator.store.blobs & layers.keys():
            size = layers[digest].size
            yield file_name(digest), Blob(size, size, when.get(digest, now))
        running = {of.layer.digest: of.completed for of in emulator.downloads.running}
        for digest, held in {**emulator.store.partials, **running}.items():
            if digest in layers and digest not in emulator.store.blobs:
                modified = now if digest in running else when.get(digest, now)
                size = layers[digest].size
                yield f"{file_name(digest)}-partial", Blob(size, held, modified)
