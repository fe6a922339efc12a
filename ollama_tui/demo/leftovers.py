"""What lies on the demo's disk and is of no model: parts of downloads, and an orphan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ollama_tui.demo.catalogue import PULLABLE
from ollama_tui.demo.manifests import Layer, weights_layer

_BEGUN = (("qwen3-coder:30b", 11_870_000_000, 9.3), ("gemma3:12b", 731_000_000, 0.1))
"""Models whose download was broken off, bytes that are here, days since then."""
_ORPHAN = ("a model whose manifest is gone", 21_474_836_480, 43)


@dataclass(frozen=True, slots=True)
class Leftover:
    """A layer, or the beginning of one, that is of no model."""

    layer: Layer
    held: int
    """Bytes that are here."""
    modified_at: datetime


def demo_leftovers(moment: datetime) -> list[Leftover]:
    """Return what is left on the demo's disk, as old as it looks at this moment."""
    name, size, days = _ORPHAN
    left = [Leftover(weights_layer(name, size), size, moment - timedelta(days=days))]
    for name, held, age in _BEGUN:
        weights = next(entry.manifest.weights for entry in PULLABLE if entry.name == name)
        if weights is not None:
            left.append(Leftover(weights, held, moment - timedelta(days=age)))
    return left
