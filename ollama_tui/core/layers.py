"""The layers of a model on its way, and how much of the whole they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ollama_tui.core.text import clean

LARGEST = 8
"""How many layers of a download are told from others; a model of one file has no more."""
MOST = 1000
"""Of a download that are told of; an honest server tells of a few dozen."""
_SAFETENSORS = "sha256:model"
"""What the server calls all layers of such a model together (x/transfer)."""
_DIGEST_LENGTH = len("sha256-") + 64


@dataclass(frozen=True, slots=True)
class PullProgress:
    """One line of the pull stream."""

    status: str
    digest: str = ""
    """The layer it speaks of; empty for a phase of the whole."""
    total: int = 0
    """Bytes of the layer; 0 while the server does not know."""
    completed: int = 0


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a model on its way."""

    digest: str
    total: int
    completed: int
    reported: int
    """The server's last word, which falls when a part of it has to be fetched again."""

    def advanced(self, progress: PullProgress) -> Layer:
        """This layer after one more line about it."""
        total = max(self.total, progress.total)
        completed = max(self.completed, min(progress.completed, total))
        return Layer(self.digest, total, completed, progress.completed)

    def whole(self) -> Layer:
        """This layer, arrived."""
        return Layer(self.digest, self.total, self.total, self.total)


@dataclass(frozen=True)
class Manifest:
    """What a model is made of, as its registry says."""

    sizes: tuple[tuple[str, int], ...]
    """Each digest with its bytes, in the order in which Ollama pulls them (server/images.go)."""
    weights: int | None = None
    """Bytes of what has to go into memory; None where it does not say which layers those are."""

    @cached_property
    def size(self) -> int:
        """Bytes of the whole model; what is named twice is fetched once."""
        return sum(dict(self.sizes).values())

    def completed(self, layers: tuple[Layer, ...]) -> int | None:
        """Bytes that are here, the newest layer last; None if these are not this model's layers.

        Small layers may pass without a line, so those before the newest one are here too.
        """
        sizes, seen = dict(self.sizes), {layer.digest: layer for layer in layers}
        if not layers or not seen.keys() <= sizes.keys():
            return None if layers else 0
        order = list(sizes)
        passed = order[: order.index(layers[-1].digest)]
        here = {digest: sizes[digest] for digest in passed}
        here |= {
            digest: min(layer.completed, sizes[digest])
            for digest, layer in seen.items()
            # One whose size was never told has passed all the same.
            if layer.total
        }
        return sum(here.values())


def largest(manifest: Manifest | None, layers: tuple[Layer, ...]) -> tuple[str, ...]:
    """The digests of the largest layers: of all of them, else of those that were told of."""
    sizes = manifest.sizes if manifest else tuple((of.digest, of.total) for of in layers)
    ordered = sorted(dict(sizes).items(), key=lambda layer: -layer[1])
    return tuple(digest for digest, _ in ordered[:LARGEST])


def unnamed_bytes(manifest: Manifest | None, layers: tuple[Layer, ...]) -> int:
    """Bytes of the layers of which no line told, once the whole model is here.

    What arrives between two lines has none of its own; what was here before has.
    """
    seen = {layer.digest for layer in layers}
    if manifest is None or _SAFETENSORS in seen:
        return 0
    return sum(size for digest, size in dict(manifest.sizes).items() if digest not in seen)


def kept_digests(found: object) -> tuple[str, ...]:
    """The digests that a file tells of; what cannot be one is passed over."""
    listed = found[:LARGEST] if isinstance(found, list) else []
    return tuple(filter(None, (clean(digest, _DIGEST_LENGTH) for digest in listed)))
