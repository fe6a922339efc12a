"""The fits of a server's models: each is asked about once, and learned from."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.library import Library
from ollama_tui.core.memory.contexts import contexts
from ollama_tui.core.memory.estimate import KvType, RunnerOptions, estimate
from ollama_tui.core.memory.fit import Asked, Fit, Room, cloud_fit, fit_of, options_of
from ollama_tui.core.memory.learned import Learned, Load, Taken, is_told_truly
from ollama_tui.core.memory.shape import Shape, shape_of
from ollama_tui.core.memory.shape_cache import ShapeCache
from ollama_tui.core.models import Model, RunningModel
from ollama_tui.core.occupancy import Known, Occupancy, occupancy_of
from ollama_tui.core.runners import Runner
from ollama_tui.core.service import OllamaService


class Fits:
    """Whether the models of one server fit."""

    def __init__(self, service: OllamaService, cache: ShapeCache, learned: Learned) -> None:
        """Nothing is asked yet."""
        self._service, self._cache, self._learned = service, cache, learned
        self._known: dict[str, Shape] = {}
        self._recalled: set[str] = set()
        self._told = Library()

    async def known_shape(self, model: Model) -> Shape | None:
        """What is known of it without asking the server; None if nothing is."""
        known = self._known.get(model.key)
        if known is None:
            known = await asyncio.to_thread(self._cache.load, model.digest)
        if known is not None:
            self._known[model.key] = known
        return known

    async def shape(self, model: Model) -> Shape:
        """What of a model determines its memory, asked once for each digest.

        Args:
            model: an installed one that runs here.

        Raises:
            NoSuchModel: when it is not installed any more.
        """
        known = await self.known_shape(model)
        if known is None:
            known = await self.tell(model, await self._service.whole_show(model.name))
        return known

    async def tell(self, model: Model, shown: Mapping[str, object]) -> Shape:
        """Learn of a model from an answer of `/api/show` that is here already."""
        # It may be megabytes long.
        shape = await asyncio.to_thread(shape_of, shown, model.size)
        if self._known.get(model.key) != shape:
            self._known[model.key] = shape
            await asyncio.to_thread(self._cache.save, model.digest, shape)
        return shape

    async def with_contexts(self, library: Library) -> Library:
        """The models with the contexts that only `show` tells, as far as those are known.

        Before 0.30 the list does not tell them. The very same object as long as nothing is new.
        """
        if not library.untold:
            return library
        await asyncio.to_thread(self._recall, library.untold)
        told = Library(tuple(map(self._with_context, library)))
        if told == library:
            return library
        if told != self._told:
            self._told = told
        return self._told

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

    async def at_each_context(self, model: Model, room: Room) -> tuple[Fit, ...]:
        """How it would go into memory with each of the usual contexts, and the one it would get.

        Raises:
            NoSuchModel: when it is not installed any more.
        """
        shape = await self.shape(model)
        options, _ = options_of(shape, Asked(), room)
        steps = sorted({*contexts(shape, options), options.context})
        return tuple([await self.fit(model, Asked(context), room) for context in steps])

    async def learn(
        self,
        running: Iterable[RunningModel],
        models: Iterable[Model],
        known: Known = (),
        *,
        believes: bool = True,
        asks: bool = True,
    ) -> bool:
        """Remember what loaded models took: what the engine reserved, else what the server says.

        The server is not believed of models with sliding windows, of which it leaves out a whole
        cache (ollama#17037). Whether all is learned is told.

        Args:
            running: what is loaded.
            models: those that are installed.
            known: what was seen of what is loaded.
            believes: whether the server tells what a load took, and not what it foresaw.
            asks: whether to ask about models of which nothing is known yet.

        Raises:
            NoSuchModel: when one is not installed any more.
        """
        installed = {model.digest: model for model in models if model.digest}
        is_all = True
        for one in running:
            model, seen = installed.get(one.digest), occupancy_of(one, known)
            if model is None or not one.context_length or seen.is_gone:
                continue
            if seen.reserved is not None:
                await self.keep(_load_of(one, seen), seen.reserved)
            elif believes and one.size:
                shape = await (self.shape(model) if asks else self.known_shape(model))
                is_all = is_all and shape is not None
                if shape is not None and not shape.window:
                    await self.keep(_load_of(one, seen), one.size)
        return is_all

    async def reserved(self, running: RunningModel, runner: Runner | None = None) -> int | None:
        """Bytes that the engine reserved for a loaded model of which the server tells too little.

        None for one without sliding windows, of which `ps` tells all, for a server before 0.30,
        which leaves no cache out, and where that cannot be worked out.

        Args:
            running: the model as `ps` tells of it.
            runner: its process, by whose arguments it is told how it was loaded; None if unseen.
        """
        options = _as_loaded(running, runner)
        if options is None or options.is_old:
            return None
        try:
            shape = await self.shape(Model(running.name, digest=running.digest))
            # Known after the first time, unlike the version, for which the server is asked.
            if not shape.window:
                return None
            if runner is None and not is_told_truly(await self._service.version()):
                return None
        except OllamaTuiError:
            return None
        return estimate(shape, options).engine

    def _recall(self, models: Iterable[Model]) -> None:
        """Read what is kept of models; of each once, as the next answer is remembered."""
        for model in models:
            if model.key not in self._known and model.key not in self._recalled:
                self._recalled.add(model.key)
                if (shape := self._cache.load(model.digest)) is not None:
                    self._known[model.key] = shape

    def _with_context(self, model: Model) -> Model:
        known = self._known.get(model.key)
        if model.context_length is not None or known is None:
            return model
        return replace(model, context_length=known.trained)

    async def fitting_context(
        self, model: Model, running: RunningModel, runner: Runner | None, room: Room
    ) -> int | None:
        """The largest context with which a loaded model would be wholly on the GPUs.

        None if none would, and where that cannot be worked out.

        Args:
            model: the installed one.
            running: the same as `ps` tells of it.
            runner: its process; None if unseen.
            room: what there is, beside what it has itself.
        """
        options = _as_loaded(running, runner)
        if options is None or room.free is None:
            return None
        asked = Asked(options.context, options.kv, options.parallel)
        try:
            return (await self.fit(model, asked, room)).max_context
        except OllamaTuiError:
            return None

    async def keep(self, load: Load, size: int) -> None:
        """Remember what a load took, seen in any way."""
        await asyncio.to_thread(self._learned.keep, load, size)

    def _taken(self, model: Model, shape: Shape, asked: Asked, room: Room) -> Taken | None:
        options, _ = options_of(shape, asked, room)
        # On the CPU it takes something else; that tells nothing of a GPU.
        gpus = None if room.free is None else options.gpus
        return self._learned.nearest(
            Load(model.digest, options.context, asked.kv, asked.parallel, gpus)
        )


def _load_of(running: RunningModel, seen: Occupancy) -> Load:
    """A load as it is to be found again, with what its process or the log tells of the cache."""
    runner, engine = seen.runner, seen.engine
    told = (engine.kv_type, engine.kv_type) if engine is not None and engine.kv_type else ()
    kinds = {*((runner.kv_types if runner else None) or told)}
    kv = KvType.named(*kinds) if len(kinds) == 1 else None
    slots = (runner.slots if runner else None) or (engine.slots if engine else None)
    has_gpu = running.size_vram > 0 if engine is None else engine.has_gpu
    return Load(running.digest, running.context_length or 0, kv, slots, int(has_gpu))


def _as_loaded(running: RunningModel, runner: Runner | None) -> RunnerOptions | None:
    """How a model was loaded; None if that cannot be told."""
    context = (runner.context if runner else None) or running.context_length
    kinds = (runner.kv_types if runner else None) or (KvType.F16.value,)
    kv = KvType.named(kinds[0]) if len(set(kinds)) == 1 else None
    if not context or kv is None:
        return None
    slots = (runner.slots if runner else None) or 1
    is_old = runner is not None and runner.slots is None
    gpus = 1 if running.size_vram else 0
    return RunnerOptions(context, kv, slots, gpus, is_old=is_old)


def fits_of(service: OllamaService, shapes: Path, learned: Path, server: str) -> Fits:
    """The fits of a server's models.

    Args:
        service: that server's.
        shapes: the folder of what models told.
        learned: the file of what loads took.
        server: its key there.
    """
    return Fits(service, ShapeCache(shapes), Learned(learned, server))
