"""What lies in a folder of models: its manifests and its blobs, as their files tell."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ollama_tui.core.errors import InvalidInput, reason_of
from ollama_tui.core.files import read_start
from ollama_tui.core.names import parse_name
from ollama_tui.core.partials import file_name
from ollama_tui.core.text import clean

DIGEST = re.compile(r"sha256[:-][0-9a-fA-F]{64}")
_MOST_BYTES = 2 * 2**20
"""Of a manifest; one of a thousand layers takes 0.2 MB. In memory it takes thirty times that."""
_LEVELS = 4
"""Host, namespace, model and tag."""
_BLOCK = 512


@dataclass(slots=True)
class Count:
    """How many files were looked at by now; one thread counts, others read."""

    files: int = 0


@dataclass(frozen=True, slots=True)
class Blob:
    """A file among the layers."""

    size: int
    """Its length in bytes; 0 for a link."""
    held: int
    """Bytes that it takes on the disk."""
    modified: float
    """Seconds since 1970."""
    is_link: bool = False
    """Whether its bytes lie elsewhere."""


@dataclass(frozen=True, slots=True)
class StoredManifest:
    """A file that says what a model is made of."""

    name: str
    """The model's, as the server spells it; the file's place where that is no name."""
    layers: tuple[str, ...] = ()
    """The files of its layers, each once, the config among them."""
    fault: str = ""
    """Why the server cannot read it; empty if it can."""


@dataclass(frozen=True, slots=True)
class Store:
    """The files of a folder of models."""

    manifests: tuple[StoredManifest, ...] = ()
    blobs: Mapping[str, Blob] = field(default_factory=dict)
    """By file name, which is not fit to be shown."""

    @property
    def size(self) -> int:
        """Bytes that all of it takes on the disk."""
        return sum(blob.held for blob in self.blobs.values())


def read_store(folder: Path, count: Count) -> Store:
    """The files of a folder; it may last, since there may be many.

    Args:
        folder: it has the folders `blobs` and `manifests`.
        count: is kept up to date meanwhile.

    Raises:
        OSError: when it cannot be looked into.
    """
    blobs = dict(_blobs(folder / "blobs", count))
    root = os.path.realpath(folder / "manifests")
    return Store(tuple(_manifests(root, root, (), count)), blobs)


def manifest_fault(folder: Path, file: Path) -> str:
    """Why a server does not list the model of a manifest, as far as that can be seen.

    Args:
        folder: it has the folder `blobs`.
        file: the manifest.
    """
    layers, fault = _read(str(file))
    missing = (name for name in layers if not os.path.lexists(folder / "blobs" / name))
    return fault or next(map(missing_words, missing), "")


def missing_words(layer: str) -> str:
    """What is wrong where the file of a layer is not there."""
    return f"its layer {short(layer)} is missing"


def short(file: str) -> str:
    """The name of a file among the layers, as much of it as people compare."""
    digest = file[7:19] if DIGEST.fullmatch(file[:71]) else ""
    return digest or clean(os.fsencode(file).decode(errors="replace"), 80)


def _blobs(folder: Path, count: Count) -> Iterator[tuple[str, Blob]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            count.files += 1
            try:
                found = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            if stat.S_ISREG(found.st_mode):
                # Windows does not tell the blocks.
                held = getattr(found, "st_blocks", -(-found.st_size // _BLOCK)) * _BLOCK
                yield entry.name, Blob(found.st_size, held, found.st_mtime)
            elif stat.S_ISLNK(found.st_mode):
                yield entry.name, Blob(0, 0, found.st_mtime, is_link=True)


def _manifests(
    root: str, folder: str, above: tuple[str, ...], count: Count
) -> Iterator[StoredManifest]:
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        if above:
            yield StoredManifest(_place(above), fault=_words(error))
            return
        if isinstance(error, FileNotFoundError):
            # There has been no model yet.
            return
        raise
    for entry in entries:
        count.files += 1
        parts, path = (*above, entry.name), _path_within(root, entry)
        is_last = len(parts) == _LEVELS
        if path is None:
            yield StoredManifest(_place(parts), fault="it is a link that leads elsewhere")
        elif os.path.isdir(path):
            if not is_last:
                yield from _manifests(root, path, parts, count)
        elif is_last:
            yield _manifest(parts, path)


def _path_within(root: str, entry: os.DirEntry[str]) -> str | None:
    """Where an entry really is; None for a link that leads out of the folder."""
    if not entry.is_symlink():
        return entry.path
    path = os.path.realpath(entry.path)
    return path if path.startswith(root + os.sep) else None


def _manifest(parts: tuple[str, ...], path: str) -> StoredManifest:
    host, namespace, model, tag = parts
    try:
        name = str(parse_name(f"{host}/{namespace}/{model}:{tag}"))
    except InvalidInput:
        return StoredManifest(_place(parts), fault="its place is no model's name")
    layers, fault = _read(path)
    return StoredManifest(name, layers, fault)


def _read(path: str) -> tuple[tuple[str, ...], str]:
    """The files of the layers that a manifest names, and why it cannot be read."""
    try:
        body = read_start(Path(path), _MOST_BYTES)
    except OSError as error:
        return (), _words(error)
    if body is None:
        return (), "it is no file"
    text = body.decode(errors="replace").lstrip(" \t\r\n")
    if not text:
        return (), "it is empty"
    try:
        # As Go does, which does not mind what follows.
        found, _ = json.JSONDecoder().raw_decode(text)
        layers = [*(found.get("layers") or ()), found.get("config") or {}]
        digests = [layer.get("digest") or "" for layer in layers]
        return _files(digests), ""
    except (ValueError, TypeError, AttributeError, RecursionError):
        return (), "it is not the JSON of a manifest"


def _files(digests: list[object]) -> tuple[str, ...]:
    if not all(isinstance(digest, str) for digest in digests):
        raise ValueError("a digest is no text")
    sound = (file_name(str(digest)) for digest in digests if DIGEST.fullmatch(str(digest)))
    return tuple(dict.fromkeys(sound))


def _place(parts: tuple[str, ...]) -> str:
    text = os.fsencode("/".join(parts)).decode(errors="replace")
    return clean(text, 200)


def _words(error: OSError) -> str:
    return f"it cannot be read: {reason_of(error)}"
