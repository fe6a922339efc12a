"""Loading and unloading: what a server has in memory, changed without reloading by mistake."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext

from ollama_tui.core.errors import InvalidInput, NoSuchModel, Refused, ServerFailed
from ollama_tui.core.installed import InstalledModels
from ollama_tui.core.keep_alive import FOR_EVER
from ollama_tui.core.library import Library
from ollama_tui.core.models import Model, RunningModel
from ollama_tui.core.names import same_model
from ollama_tui.core.pin_file import PinFile
from ollama_tui.core.pins import Pin
from ollama_tui.core.service import OllamaService
from ollama_tui.core.text import clean

_CANNOT_GENERATE = "does not support generate"
_LOOK = "`ollama-tui doctor` looks for what is wrong; the server's log tells more."


class LoadedModels:
    """The models in a server's memory, and which of them are to stay there."""

    def __init__(self, service: OllamaService, pins: PinFile) -> None:
        """Nothing is sent yet."""
        self._service, self._pins = service, pins

    async def load(
        self, name: str, *, context: int | None = None, keep_alive: float | None = None
    ) -> RunningModel | None:
        """Load a model, and come back once it is loaded; being cancelled aborts it.

        What is in memory is given: it has another name where that one's weights are the same
        file. None if it is gone again already.

        Args:
            name: an installed model's.
            context: tokens; None for what the model or the server says, or for what it has if
                it is loaded already.
            keep_alive: seconds that it stays, negative for ever; None for what the server says,
                and for ever if it is pinned.

        Raises:
            InvalidInput: when it is to stay for no time: that would unload it.
            NoSuchModel: when it is not installed.
            Refused: when it runs in the cloud, or in read-only mode.
        """
        model = await self.loadable(name, keep_alive=keep_alive)
        before, pin = await self._in_memory(model), self._pins.read().of(model)
        if pin is not None and keep_alive is None:
            keep_alive = FOR_EVER
        if context is None and before is not None and before.is_of(model):
            # Without it the server would load it anew with its own.
            context = before.context_length
        async with self._pins.unpinned(model) if pin is not None else nullcontext():
            how = _how(context, keep_alive)
            await self._ask(model.name, how, only_embeds=_only_embeds(model))
        running = await self._in_memory(model)
        if running is not None:
            if before is None:
                await self._pins.change(lambda pins: pins.loaded(running))
            await self._note_keep_alive(running, keep_alive, pin)
        return running

    async def loadable(self, name: str, *, keep_alive: float | None = None) -> Model:
        """The installed model of that name, once it is known that it can be loaded.

        Raises:
            InvalidInput: when it is to stay for no time: that would unload it.
            NoSuchModel: when it is not installed.
            Refused: when it runs in the cloud, or in read-only mode.
        """
        self._service.refuse_if_read_only()
        if keep_alive == 0:
            raise InvalidInput("0 would not load a model, but unload it", "Say 5m, or forever.")
        model = (await self._service.library()).installed(name)
        if model.is_cloud:
            raise Refused(f"{model.name} runs in the cloud", "There is nothing to load here.")
        return model

    async def unload(self, name: str) -> RunningModel:
        """Unload a model; requests in flight are finished first. What it was is given.

        Raises:
            NoSuchModel: when it is not loaded: an old server would load it.
            Refused: in read-only mode.
        """
        self._service.refuse_if_read_only()
        running = await self.loaded(name)
        model = _installed_as(running, await self._service.library())
        client = await self._service.client()
        async with self._pins.unpinned(running):
            try:
                await client.unload_model(model.name if model else running.name)
            except NoSuchModel as error:
                raise _not_installed(running) from error
        return running

    async def keep(self, name: str, seconds: float) -> RunningModel:
        """Change for how long a loaded model stays, without reloading it.

        Args:
            name: of the model, or another name of the same digest.
            seconds: from its next idle moment on; negative for ever.

        Raises:
            NoSuchModel: when it is not loaded.
            Refused: in read-only mode.
        """
        self._service.refuse_if_read_only()
        running = await self.loaded(name)
        # Without the context that it was loaded with, the server loads it anew with its own.
        how = _how(running.context_length, seconds)
        model = _installed_as(running, await self._service.library())
        asked, only_embeds = (model.name, _only_embeds(model)) if model else (running.name, False)
        async with self._pins.unpinned(running) if seconds >= 0 else nullcontext():
            try:
                await self._ask(asked, how, only_embeds=only_embeds)
            except NoSuchModel as error:
                raise _not_installed(running) from error
        await self._note_keep_alive(running, seconds)
        return running

    async def renew(self, pin: Pin, name: str) -> RunningModel | None:
        """Pin a model again, which is loaded first if it is gone; None if it is gone again.

        Args:
            pin: of the model.
            name: what it is installed as by now.

        Raises:
            NoSuchModel: when it is not installed any more.
            Refused: in read-only mode.
        """
        if pin.among(await self._service.running()):
            return await self.keep(name, FOR_EVER)
        return await self.load(name, context=pin.context_length, keep_alive=FOR_EVER)

    async def loaded(self, name: str) -> RunningModel:
        """The loaded model of that name or of its digest.

        Raises:
            NoSuchModel: when there is none.
        """
        running = await self._service.running()
        if one := loaded_as(name, running, await self._service.library()):
            return one
        raise NoSuchModel(f"no model {clean(name, 100)} is loaded", "`ollama-tui ps` lists them.")

    async def _note_keep_alive(
        self, running: RunningModel, seconds: float | None, before: Pin | None = None
    ) -> None:
        if seconds is None or seconds >= 0:
            return
        await self._pins.change(
            lambda pins: (pins.with_pin(before) if before else pins).pinned(running)
        )

    async def _in_memory(self, model: Model) -> RunningModel | None:
        running = await self._service.running()
        if own := next((one for one in running if one.is_of(model)), None):
            return own
        if not running:
            return None
        sharing = await InstalledModels(self._service, self._pins).sharing(model, running)
        return next((one for one in running if one.name in sharing), None)

    async def _ask(self, name: str, how: dict[str, object], *, only_embeds: bool) -> None:
        try:
            await self._ask_either(name, how, only_embeds=only_embeds)
        except ServerFailed as error:
            raise ServerFailed(error.what, error.remedy or _LOOK) from error

    async def _ask_either(self, name: str, how: dict[str, object], *, only_embeds: bool) -> None:
        client = await self._service.client()
        ask = client.ask_embedder if only_embeds else client.ask_runner
        try:
            await ask(name, **how)
        except InvalidInput as error:
            # Before Ollama 0.30 the list does not tell what a model can do.
            if _CANNOT_GENERATE not in error.what:
                raise
            await client.ask_embedder(name, **how)


def cut_words(running: RunningModel | None, asked: int | None) -> str:
    """That it got less context than was asked for; empty if it did not, or nobody can tell."""
    got = running.context_length if running is not None else None
    if not asked or not got or got >= asked:
        return ""
    return f"its context is {got} tokens, not {asked}: it was trained for no more"


def loaded_as(name: str, running: Iterable[RunningModel], library: Library) -> RunningModel | None:
    """The loaded model of a name or of its digest; None if there is none."""
    model = library.get(name)
    for one in running:
        if same_model(one.name, name) or (model is not None and one.is_of(model)):
            return one
    return None


def _how(context: int | None, keep_alive: float | None) -> dict[str, object]:
    """What is asked for of a load; None leaves it to the server."""
    how: dict[str, object] = {} if context is None else {"options": {"num_ctx": context}}
    return how if keep_alive is None else how | {"keep_alive": keep_alive}


def _only_embeds(model: Model) -> bool:
    return "embedding" in model.capabilities and "completion" not in model.capabilities


def _installed_as(running: RunningModel, library: Library) -> Model | None:
    """What to ask for a loaded model by: the name that it was loaded by may be gone by now."""
    named = library.get(running.name)
    if named is not None and running.is_of(named):
        return named
    return next((model for model in library if running.is_of(model)), named)


def _not_installed(running: RunningModel) -> NoSuchModel:
    return NoSuchModel(
        f"{running.name} is loaded, but not installed any more",
        "Ollama lets go of it when its time is over, or when it is restarted.",
    )
