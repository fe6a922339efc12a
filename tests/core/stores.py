"""Folders of models as a server writes them."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

GB = 10**9
KB = 1000


class StoreFolder:
    """A folder of models that a test fills."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.blobs = path / "blobs"
        self.manifests = path / "manifests"
        self.blobs.mkdir(parents=True)
        self.manifests.mkdir()

    def blob(self, name: str, size: int, age: float = 0.0) -> str:
        """A layer that is whole; its digest follows from its name."""
        digest = digest_of(name)
        self.file(digest.replace(":", "-"), size, age)
        return digest

    def file(self, name: str, size: int, age: float = 0.0) -> Path:
        """A file among the layers, as long as that without taking the room."""
        file = self.blobs / name
        with file.open("wb") as opened:
            opened.truncate(size)
        moment = file.stat().st_mtime - age
        os.utime(file, (moment, moment))
        return file

    def partial(self, name: str, size: int, written: int = 0) -> Path:
        """The beginning of a layer, with what tells of its one part."""
        stem = digest_of(name).replace(":", "-")
        file = self.blobs / f"{stem}-partial"
        with file.open("wb") as opened:
            opened.write(os.urandom(written))
            opened.truncate(size)
            os.fsync(opened.fileno())
        part = {"N": 0, "Offset": 0, "Size": size, "Completed": written}
        (self.blobs / f"{stem}-partial-0").write_text(json.dumps(part))
        return file

    def manifest(self, place: str, *digests: str) -> Path:
        """A manifest that names these layers, the last of them as its config."""
        *layers, config = digests
        content = {
            "schemaVersion": 2,
            "config": {"digest": config, "size": 1},
            "layers": [{"digest": digest, "size": 1} for digest in layers],
        }
        return self.text(place, json.dumps(content))

    def text(self, place: str, text: str) -> Path:
        """Something in the place of a manifest: `library/qwen3/8b`, or with a host."""
        parts = place.split("/")
        whole = place if len(parts) > 3 else f"registry.ollama.ai/{place}"
        file = self.manifests / whole
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def model(self, place: str, size: int) -> Path:
        """A model of one layer and a config."""
        weights = self.blob(f"weights of {place}", size)
        return self.manifest(place, weights, self.blob(f"config of {place}", KB))


def digest_of(name: str) -> str:
    return f"sha256:{hashlib.sha256(name.encode()).hexdigest()}"
