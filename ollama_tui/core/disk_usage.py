"""What fills the disk of the models, as values."""

from __future__ import annotations

from dataclasses import dataclass

from ollama_tui.core.model_store import Store
from ollama_tui.core.shortage import Disk


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
        return None if self.unknown else sum(model.own or 0 for model in self.models)

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
