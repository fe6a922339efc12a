"""What of the disk becomes free when a model is deleted."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ollama_tui.core import units
from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.names import name_key

if TYPE_CHECKING:
    from ollama_tui.core.disk_usage import ModelUsage
    from ollama_tui.core.installed import InstalledModels
    from ollama_tui.core.library import Library
    from ollama_tui.core.model_disk import ModelDisk
    from ollama_tui.core.models import Model

_GLANCE = 0.5
"""Seconds for the folder of the models: a disk that hangs must not keep anybody waiting."""

Usages = dict[str, "ModelUsage"]
"""What each model takes, by the key of its name."""


@dataclass(frozen=True, slots=True)
class Release:
    """What becomes free with one model, and what stays for others."""

    at_most: int | None
    """Bytes of all its layers; None if the server does not say."""
    own: int | None = None
    """Bytes of the layers that no other model has; None: nobody knows."""
    kept_for: tuple[str, ...] = ()
    """The other models that have its weights."""

    @property
    def words(self) -> str:
        """That in words, once it is deleted; empty where nothing is known."""
        what = "layers" if self.own == 0 else "weights"
        stay = f"its {what} stay, since {self.kept_for[0]} has them too" if self.kept_for else ""
        if self.own:
            free = f"{units.disk(self.own)} are free"
            return f"{free}; {stay}" if stay else free
        return stay or (f"up to {units.disk(self.at_most)} are free" if self.at_most else "")


async def usages_of(disk: ModelDisk, library: Library) -> Usages | None:
    """What each model takes; None if the folder of the models is not read soon."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_GLANCE):
            usage = await disk.usage(library)
        return None if usage.unknown else {name_key(of.name): of for of in usage.models}
    return None


async def release_of(
    model: Model, library: Library, disk: ModelDisk, installed: InstalledModels
) -> Release:
    """What deleting a model would set free, by its folder, else by what the server tells.

    Args:
        model: an installed one.
        library: all that is installed.
        disk: of the server's models.
        installed: asks which models have the same weights, where the folder cannot be read.
    """
    if same := library.aliases_of(model):
        return Release(model.size, 0, same)
    usages = await usages_of(disk, library)
    if usages is not None and (seen := usages.get(name_key(model.name))):
        return Release(model.size, seen.own, seen.shares_with)
    sharing: tuple[str, ...] = ()
    with suppress(OllamaTuiError):
        sharing = await installed.sharing(model)
    return Release(model.size, kept_for=sharing)
