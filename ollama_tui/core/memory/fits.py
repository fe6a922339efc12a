"""The fits of a server's models: each is asked about once, and learned from."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from ollama_tui.core.memory.fit import Asked, Fit, Room, cloud_fit, fit_of, options_of
from ollama_tui.core.memory.learned import Learned, Load, Taken
from ollama_tui.core.memory.shape import Shape, shape_of
from ollama_tui.core.memory.shape_cache import ShapeCache
from ollama_tui.core.models import Model, RunningModel
from ollama_tui.core.service import OllamaService


class Fits:
    """Whether the models of one server fit."""

    def __init__(self, service: OllamaService, cache: ShapeCache, learned: Learned) -> None:
        """Nothing is asked yet."""
        self._service, self._cache, self._learned = service, cache, learned
        self._known: dict[str, Shape] = {}

    def known_shape(self, model: Model) -> Shape | None:
        """What is known of it without asking the server or the disk; None if nothing is."""
        return self._known.get(_key(model))

    async def shape(self, model: Model) -> Shape:
        """What of a model determines its memory, asked once for each digest.

        Args:
            model: an installed one that runs here.

        Raises:
            NoSuchModel: when it is not installed any more.
        """
        known = self._known.get(_key(model))
        if known is None:
            known = await asyncio.to_thread(self._cache.load, model.digest)
        if known is None:
            shown = await self._service.whole_show(model.name)
            # An answer may be megabytes long.
            known = await asyncio.to_thread(shape_of, shown, model.size)
            await asyncio.to_thread(self._cache.save, model.digest, known)
        self._known[_key(model)] = known
        return known

    async def fit(self, model: Model, asked: Asked, room: Room) -> Fit:
        """Whether a model fits.

        Raises:
            NoSuchModel: when it is not installed any more.
        """
        if model.is_cloud:
            return cloud_fit(model.name, room.free)
        shape = await self.shape(model)
        taken = await asyncio.to_thread(self._taken, model, shape, asked, room)
        return fit_of(model, shape, asked, room, taken)

    async def learn(self, running: Iterable[RunningModel], models: Iterable[Model]) -> None:
        """Remember what loaded models took, as far as the server tells that truly.

        For models with sliding windows it leaves out a whole cache (ollama#17037).
        """
        installed = {model.digest: model for model in models if model.digest}
        for one in running:
            model = installed.get(one.digest)
            if model is None or not one.context_length or not one.size or model.is_cloud:
                continue
            if (await self.shape(model)).window:
                continue
            load = Load(model.digest, one.context_length, gpus=1 if one.size_vram else 0)
            await self.keep(load, one.size)

    async def keep(self, load: Load, size: int) -> None:
        """Remember what a load took, seen in any way."""
        await asyncio.to_thread(self._learned.keep, load, size)

    def _taken(self, model: Model, shape: Shape, asked: Asked, room: Room) -> Taken | None:
        options, _ = options_of(shape, asked, room.gpus)
        # On the CPU it takes something else; that tells nothing of a GPU.
        gpus = None if room.free is None else room.gpus
        return self._learned.last(
            Load(model.digest, options.context, asked.kv, asked.parallel, gpus)
        )


def fits_of(service: OllamaService, shapes: Path, learned: Path, server: str) -> Fits:
    """The fits of a server's models.

    Args:
        service: that server's.
        shapes: the folder of what models told.
        learned: the file of what loads took.
        server: its key there.
    """
    return Fits(service, ShapeCache(shapes), Learned(learned, server))


def _key(model: Model) -> str:
    return model.digest or model.name
