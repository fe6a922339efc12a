"""What fills the disk of the models, as values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ollama_tui.core.library import Library
from ollama_tui.core.model_store import Blob, Store, StoredManifest, missing_words
from ollama_tui.core.shortage import Disk

_PART = re.compile(r"(sha256-[0-9a-fA-F]{64})(?:-partial(?:-\d+)?|\.tmp)")
"""The files in which a layer arrives (server/download.go, x/transfer)."""
_LARGE = 10**6
"""Bytes from which a layer is no text."""


@dataclass(frozen=True, slots=True)
class ModelUsage:
    """What a model takes."""

    name: str
    size: int | None
    """Bytes of all its layers; None if the server does not say."""
    own: int | None
    """Bytes of the layers that no other model has; None: nobody knows."""
    shares_with: tuple[str, ...] = ()
    """The other models that have a layer in common with it, beside licences and templates."""


@dataclass(frozen=True, slots=True)
class Partial:
    """A layer that has begun to arrive."""

    layer: str
    """The name of its file when it is whole."""
    held: int
    """Bytes that it takes on the disk by now."""
    size: int | None
    """Bytes of the whole layer; None where no file is as long as that from the start on."""
    modified: float
    """When something arrived last, seconds since 1970."""
    model: str = ""
    """The model that it is of; empty: nobody knows."""


@dataclass(frozen=True, slots=True)
class Unused:
    """A file among the layers to which no manifest refers."""

    file: str
    held: int
    modified: float


@dataclass(frozen=True, slots=True)
class Damaged:
    """A manifest that cannot be read, or that names a layer which is not there."""

    name: str
    why: str
    held: int = 0
    """Bytes of its layers that no model has."""
    stops_pruning: bool = False
    """Whether the server removes nothing at its start because of it."""


@dataclass(frozen=True, slots=True)
class OtherStore:
    """A folder of models on this machine that is not the server's."""

    folder: str
    models: int | None = None
    """How many there are; None: it cannot be looked into."""
    size: int | None = None
    """Bytes on the disk; None likewise."""


@dataclass(frozen=True, slots=True)
class DiskUsage:
    """What fills the disk of a server's models."""

    models: tuple[ModelUsage, ...]
    """The largest own bytes first."""
    models_size: int
    """Bytes of all models together, what several have counted once."""
    unknown: str = ""
    """Why no more is known than what the server tells; empty: its folder was read."""
    folder: str = ""
    """Where the server keeps its models; empty: nobody knows."""
    partials: tuple[Partial, ...] = ()
    unused: tuple[Unused, ...] = ()
    damaged: tuple[Damaged, ...] = ()
    others: tuple[OtherStore, ...] = ()
    disk: Disk | None = None
    """None: nobody knows it."""
    links: int = 0
    """How many layers are links, whose bytes lie elsewhere and are not counted."""

    @property
    def own(self) -> int | None:
        """Bytes of the layers that one model alone has; None: nobody knows."""
        owns = [model.own for model in self.models]
        return None if self.unknown else sum(own or 0 for own in owns)

    @property
    def shared(self) -> int | None:
        """Bytes of the layers that several models have; None: nobody knows."""
        return None if self.own is None else self.models_size - self.own

    @property
    def partials_size(self) -> int:
        """Bytes on the disk of all that has not arrived."""
        return sum(partial.held for partial in self.partials)

    @property
    def unused_size(self) -> int:
        """Bytes of all that no manifest refers to."""
        return sum(unused.held for unused in self.unused)

    @property
    def damaged_size(self) -> int:
        """Bytes of the layers that damaged manifests alone refer to."""
        return sum(damaged.held for damaged in self.damaged)

    @property
    def size(self) -> int:
        """Bytes of all of it."""
        return self.models_size + self.partials_size + self.unused_size + self.damaged_size

    @property
    def is_pruning_stopped(self) -> bool:
        """Whether the server removes nothing at its start, since a manifest is damaged."""
        return any(damaged.stops_pruning for damaged in self.damaged)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of a server's models on this machine's disk."""

    store: Store | None = None
    """None: none of this machine's folders is the server's, as far as can be seen."""
    folder: str = ""
    """Fit to be shown."""
    disk: Disk | None = None
    others: tuple[OtherStore, ...] = ()


def usage_told(library: Library, why: str, others: tuple[OtherStore, ...] = ()) -> DiskUsage:
    """What the server tells, where its folder cannot be read.

    Args:
        library: what is installed.
        why: the folder cannot be read.
        others: the folders of models that were found.
    """
    models = (ModelUsage(model.name, model.size, None) for model in library if not model.is_cloud)
    ordered = tuple(sorted(models, key=lambda model: (-(model.size or 0), model.name)))
    return DiskUsage(ordered, library.disk_size, unknown=why, others=others)


def usage_seen(store: Store, seen: Seen, models_of: Mapping[str, str] | None = None) -> DiskUsage:
    """What fills the disk, from the files of the server's folder.

    Args:
        store: the files.
        seen: where they are, and what else was seen.
        models_of: which models layers that arrive are of, by their files' names.
    """
    whole = [of for of in store.manifests if not _why_damaged(of, store)]
    named = Counter(layer for of in store.manifests for layer in of.layers)
    having = _having(store)
    models = (_model(of, store.blobs, having) for of in whole)
    in_models = {layer for of in whole for layer in of.layers}
    wanted = {layer: of.name for of in store.manifests for layer in of.layers}
    return DiskUsage(
        tuple(
            sorted(models, key=lambda model: (-(model.own or 0), -(model.size or 0), model.name))
        ),
        sum(store.blobs[layer].size for layer in in_models),
        folder=seen.folder,
        partials=tuple(_partials(store.blobs, named, {**wanted, **(models_of or {})})),
        unused=tuple(_unused(store.blobs, {*named, *(models_of or ())})),
        damaged=tuple(_damaged(store, in_models)),
        others=seen.others,
        disk=seen.disk,
        links=sum(blob.is_link for blob in store.blobs.values()),
    )


def _having(store: Store) -> Mapping[str, Sequence[str]]:
    """The names of the models that have each layer."""
    having: dict[str, list[str]] = {}
    for of in store.manifests:
        for layer in of.layers:
            having.setdefault(layer, []).append(of.name)
    return having


def _model(
    of: StoredManifest, blobs: Mapping[str, Blob], having: Mapping[str, Sequence[str]]
) -> ModelUsage:
    sizes = {layer: blobs[layer].size for layer in of.layers}
    own = sum(size for layer, size in sizes.items() if len(having[layer]) == 1)
    large = [layer for layer, size in sizes.items() if size >= _LARGE]
    others = {name for layer in large for name in having[layer]} - {of.name}
    return ModelUsage(of.name, sum(sizes.values()), own, tuple(sorted(others)))


def _why_damaged(of: StoredManifest, store: Store) -> str:
    missing = (layer for layer in of.layers if layer not in store.blobs)
    return of.fault or next(map(missing_words, missing), "")


def _damaged(store: Store, in_models: set[str]) -> Iterator[Damaged]:
    counted = set(in_models)
    for of in store.manifests:
        if why := _why_damaged(of, store):
            left = {layer for layer in of.layers if layer in store.blobs} - counted
            counted |= left
            held = sum(store.blobs[layer].held for layer in left)
            yield Damaged(of.name, why, held, stops_pruning=bool(of.fault))


def _partials(
    blobs: Mapping[str, Blob], named: Collection[str], models_of: Mapping[str, str]
) -> Sequence[Partial]:
    files: dict[str, list[tuple[str, Blob]]] = {}
    for file, blob in blobs.items():
        match = _PART.fullmatch(file)
        # A layer that is whole waits for the others of its model.
        layer = match[1] if match else file if file in models_of else ""
        if layer and file not in named:
            files.setdefault(layer, []).append((file, blob))
    partials = [_partial(layer, found, models_of) for layer, found in files.items()]
    return sorted(partials, key=lambda partial: (-partial.held, partial.layer))


def _partial(
    layer: str, files: Sequence[tuple[str, Blob]], models_of: Mapping[str, str]
) -> Partial:
    lengths = (blob.size for file, blob in files if file in (layer, f"{layer}-partial"))
    return Partial(
        layer,
        sum(blob.held for _, blob in files),
        next(lengths, None),
        max(blob.modified for _, blob in files),
        models_of.get(layer, ""),
    )


def _unused(blobs: Mapping[str, Blob], known: Collection[str]) -> Sequence[Unused]:
    unused = [
        Unused(file, blob.held, blob.modified)
        for file, blob in blobs.items()
        if file not in known and not _PART.fullmatch(file)
    ]
    return sorted(unused, key=lambda one: (-one.held, one.file))
