"""What the server has on its disk: models by name, layers, and parts of layers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from ollama_tui.demo.leftovers import Leftover
from ollama_tui.demo.manifests import Manifest, ModelConfig, manifest
from ollama_tui.demo.names import Name, parse_name

_LONG_AGO = datetime(2026, 11, 1, 12, 30, 15, 250_000, UTC)


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model under one of its names."""

    name: Name
    manifest: Manifest
    modified_at: datetime


class Store:
    """The server's folder of models."""

    def __init__(self, models: Iterable[InstalledModel] = ()) -> None:
        """Begin with these models, all of their layers present."""
        self._models = {model.name.key: model for model in models}
        self.blobs = {layer.digest for model in self.models for layer in model.manifest.layers}
        """Digests of the layers that are here whole; some may belong to no model."""
        self.partials: dict[str, int] = {}
        """Bytes already here of layers whose download was broken off."""
        self.leftovers: tuple[Leftover, ...] = ()
        """What was left of downloads and models of old, as it was at first."""

    @property
    def models(self) -> list[InstalledModel]:
        """All models, in no order that means anything."""
        return list(self._models.values())

    def leave(self, leftovers: Iterable[Leftover]) -> None:
        """Have layers, and parts of some, that are of no model."""
        self.leftovers = tuple(leftovers)
        for left in self.leftovers:
            if left.held < left.layer.size:
                self.partials[left.layer.digest] = left.held
            else:
                self.blobs.add(left.layer.digest)

    def find(self, name: Name) -> InstalledModel | None:
        """Return the model of this name, whatever its case."""
        return self._models.get(name.key)

    def install(self, name: Name, model: Manifest, moment: datetime) -> None:
        """Give a model a name; what had the name before loses it, and its layers stay."""
        known = self._models.get(name.key)
        self._models[name.key] = InstalledModel(known.name if known else name, model, moment)
        self.blobs.update(layer.digest for layer in model.layers)

    def remove(self, name: Name) -> None:
        """Remove a name, and the layers that no other name uses."""
        self.prune(self._models.pop(name.key).manifest)

    def prune(self, model: Manifest) -> bool:
        """Drop those layers of a model that no name uses; tell whether there were any."""
        unused = {layer.digest for layer in model.layers} & self.blobs
        unused -= {layer.digest for other in self.models for layer in other.manifest.layers}
        self.blobs -= unused
        return bool(unused)


def installed(
    name: str,
    size: int = 1_000_000_000,
    modified_at: datetime = _LONG_AGO,
    config: ModelConfig | None = None,
) -> InstalledModel:
    """Return a model to begin with: a name and a size are enough."""
    return InstalledModel(parse_name(name), manifest(name, size, config), modified_at)
