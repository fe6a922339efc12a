"""Loading and unloading: what a server has in memory, changed without reloading by mistake."""

from __future__ import annotations

from ollama_tui.core.errors import InvalidInput, NoSuchModel, Refused
from ollama_tui.core.models import Model, RunningModel
from ollama_tui.core.names import same_model
from ollama_tui.core.service import OllamaService

_CANNOT_GENERATE = "does not support generate"


class LoadedModels:
    """The models in a server's memory."""

    def __init__(self, service: OllamaService) -> None:
        """Nothing is sent yet."""
        self._service = service

    async def load(
        self, name: str, *, context: int | None = None, keep_alive: float | None = None
    ) -> None:
        """Load a model, and come back once it is loaded; being cancelled aborts it.

        Args:
            name: an installed model's.
            context: tokens; None for what the model or the server says.
            keep_alive: seconds that it stays, negative for ever; None for what the server says.

        Raises:
            NoSuchModel: when it is not installed.
            Refused: when it runs in the cloud, or in read-only mode.
        """
        model = (await self._service.library()).installed(name)
        if model.is_cloud:
            raise Refused(f"{model.name} runs in the cloud", "There is nothing to load here.")
        how: dict[str, object] = {} if context is None else {"options": {"num_ctx": context}}
        if keep_alive is not None:
            how["keep_alive"] = keep_alive
        await self._ask(model.name, how, only_embeds=_only_embeds(model))

    async def unload(self, name: str) -> RunningModel:
        """Unload a model; requests in flight are finished first. What it was is given.

        Raises:
            NoSuchModel: when it is not loaded: an old server would load it.
        """
        running = await self.loaded(name)
        client = await self._service.client()
        # Unloading is decided before capabilities are looked at, so embedders are unloaded too.
        await client.ask_runner(running.name, keep_alive=0)
        return running

    async def keep(self, name: str, seconds: float) -> RunningModel:
        """Change for how long a loaded model stays, without reloading it.

        Args:
            name: of the model, or another name of the same digest.
            seconds: from its next idle moment on; negative for ever.

        Raises:
            NoSuchModel: when it is not loaded.
        """
        running = await self.loaded(name)
        # Without the context that it was loaded with, the server loads it anew with its own.
        options = {"num_ctx": running.context_length} if running.context_length else {}
        how: dict[str, object] = {"keep_alive": seconds, "options": options}
        model = (await self._service.library()).get(running.name)
        await self._ask(running.name, how, only_embeds=model is not None and _only_embeds(model))
        return running

    async def loaded(self, name: str) -> RunningModel:
        """The loaded model of that name or of its digest.

        Raises:
            NoSuchModel: when there is none.
        """
        running = await self._service.running()
        model = (await self._service.library()).get(name)
        for one in running:
            if same_model(one.name, name) or (model is not None and one.is_of(model)):
                return one
        raise NoSuchModel(f"{name} is not loaded", "`ollama-tui ps` lists what is.")

    async def _ask(self, name: str, how: dict[str, object], *, only_embeds: bool) -> None:
        client = await self._service.client()
        if only_embeds:
            await client.ask_embedder(name, **how)
            return
        try:
            await client.ask_runner(name, **how)
        except InvalidInput as error:
            # Before Ollama 0.30 the list does not tell what a model can do.
            if _CANNOT_GENERATE not in error.what:
                raise
            await client.ask_embedder(name, **how)


def _only_embeds(model: Model) -> bool:
    return "embedding" in model.capabilities and "completion" not in model.capabilities
