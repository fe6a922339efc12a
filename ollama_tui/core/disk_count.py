"""Works out what fills the disk: from the files of a folder, or from what the server tells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from ollama_tui.core.disk_usage import (
    Damaged,
    DiskUsage,
    ModelUsage,
    OtherStore,
    Partial,
    Seen,
    Unused,
)
from ollama_tui.core.library import Library
from ollama_tui.core.model_store import Blob, Store, StoredManifest, missing_words

_PART = re.compile(r"(sha256-[0-9a-fA-F]{64})(?:-partial(?:-\d+)?|\.tmp)")
"""The files in which a layer arrives (server/download.go, x/transfer)."""
_LARGE = 10**6
"""Bytes from which a layer is no text."""


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
