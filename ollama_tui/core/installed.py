"""Copying, renaming and deleting models, so that nothing is lost by mistake."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import nullcontext, suppress
from dataclasses import dataclass

from ollama_tui.core.errors import OllamaTuiError, Refused, ServerFailed, Unreachable, Unsettled
from ollama_tui.core.library import WORDS_AT_MOST, Library
from ollama_tui.core.models import Model, RunningModel
from ollama_tui.core.names import parse_name, same_model
from ollama_tui.core.pin_file import PinFile
from ollama_tui.core.presence import is_installed
from ollama_tui.core.service import OllamaService
from ollama_tui.core.text import in_shell
from ollama_tui.core.weights import weights_in

_MEANT_FOR_OLLAMA = ("local", "cloud")


@dataclass(frozen=True, slots=True)
class Deleted:
    """What became of a model that was deleted."""

    name: str
    size: int | None
    """Bytes of all its layers; those that others share stay on the disk. None if not told."""
    shared_with: tuple[str, ...] = ()
    """Other names of the same digest, so that all of its layers stay."""
    unloaded: bool = False
    """Whether it was unloaded first."""
    trouble: str = ""
    """What the server could not tidy up though the model is gone; empty if it could."""


class InstalledModels:
    """The models on a server's disk."""

    def __init__(self, service: OllamaService, pins: PinFile) -> None:
        """Nothing is sent yet."""
        self._service, self._pins = service, pins

    async def copy(self, source: str, destination: str) -> Model:
        """Give a model a second name, which costs no disk; the copy is given.

        Raises:
            NoSuchModel: when it is not installed.
            Refused: when the new name is taken, or Ollama would read it as something else.
        """
        return (await self._copied(source, destination))[1]

    async def rename(self, source: str, destination: str) -> Model:
        """Give a model another name: the old one goes once the new one is seen to be there.

        Raises:
            NoSuchModel: when it is not installed.
            Refused: when the new name is taken, or Ollama would read it as something else.
        """
        model, copy = await self._copied(source, destination)
        try:
            await self._refuse_changed(model)
            await (await self._service.client()).delete_model(model.name)
        except OllamaTuiError as error:
            still_is = await is_installed(self._service.library, model.name)
            if still_is is not False:
                still = "may be, too" if still_is is None else "still is, too"
                raise type(error)(
                    f"{copy.name} is there, and {model.name} {still}: {error.what}",
                    f"`ollama-tui rm {in_shell(model.name)}` deletes the old name.",
                ) from error
        await self._pins.change(lambda pins: pins.renamed(model.name, copy.name))
        return copy

    async def delete(self, name: str, digest: str = "") -> Deleted:
        """Delete a model; one that is loaded is unloaded first, unless another one shares it.

        Args:
            name: an installed model's.
            digest: the one that it must have; empty: any.

        Raises:
            NoSuchModel: when it is not installed.
            Refused: when Ollama would take the name for another one's, when it has another
                digest, or in read-only mode.
        """
        self._service.refuse_if_read_only()
        refuse_suffix(name)
        library = await self._service.library()
        model = library.installed(name)
        if digest and model.digest != digest:
            raise Refused(f"{model.name} was changed meanwhile")
        shared_with = library.aliases_of(model)
        async with nullcontext() if shared_with else self._pins.unpinned(model):
            unloaded = await self._unload(model)
            trouble = await self._delete(model.name)
        if shared_with:
            await self._pins.change(lambda pins: pins.renamed(model.name, shared_with[0]))
        return Deleted(model.name, model.size, shared_with, unloaded, trouble)

    async def sharing(
        self, model: Model, among: Collection[RunningModel] | None = None
    ) -> tuple[str, ...]:
        """The other names whose weights are the same file, so that one runner serves them all.

        Args:
            model: an installed one.
            among: the loaded models to look at, each costs a request; None: whatever is installed.
        """
        library = await self._service.library()
        names = set(library.aliases_of(model))
        loaded = None if among is None else {one.name.casefold() for one in among}
        alike = [
            other
            for other in library
            if other.name not in names
            and (loaded is None or other.name.casefold() in loaded)
            and is_alike(other, model)
        ]
        if alike and (weights := await self._weights(model)):
            names |= {other.name for other in alike if await self._weights(other) == weights}
        return tuple(sorted(names, key=str.casefold))

    async def _copied(self, source: str, destination: str) -> tuple[Model, Model]:
        """The original and its copy, once that is seen to be there."""
        model = await self._free_for(source, destination)
        client = await self._service.client()
        # Without an answer the list tells what became of it.
        with suppress(Unsettled):
            await client.copy_model(model.name, destination)
        try:
            copy = (await self._service.library()).get(destination)
        except OllamaTuiError as error:
            doubt = f"{model.name} is there as it was; {destination} may be there, too."
            raise Unsettled(error.what, doubt) from error
        if copy is None or copy.digest != model.digest:
            what = "is not there" if copy is None else f"is not the same as {model.name}"
            raise ServerFailed(
                f"the copy {destination} {what}", f"{model.name} is there as it was."
            )
        return model, copy

    async def _refuse_changed(self, known: Model) -> None:
        """Refuse to delete what was pulled, edited or made anew since it was looked at."""
        if (await self._service.library()).installed(known.name).digest != known.digest:
            raise Refused(f"{known.name} was changed meanwhile")

    async def _unload(self, model: Model) -> bool:
        runner = await self._runner(model)
        if runner is None or await self.sharing(model):
            return False
        # The name that it was loaded by may be gone; any other one of the same digest will do.
        await (await self._service.client()).unload_model(model.name)
        return True

    async def _delete(self, name: str) -> str:
        try:
            await (await self._service.client()).delete_model(name)
        except (ServerFailed, Unreachable) as error:
            # The manifest goes first: when a layer cannot be removed the model is gone already.
            still_is = await is_installed(self._service.library, name)
            if still_is and isinstance(error, Unsettled):
                raise Unreachable(error.what, error.remedy) from error
            if still_is is not False:
                raise
            return error.what
        return ""

    async def _runner(self, model: Model) -> RunningModel | None:
        try:
            running = await self._service.running()
        except OllamaTuiError:
            return None
        # One that was made anew while it was loaded has another digest by now.
        return next(
            (one for one in running if one.is_of(model) or same_model(one.name, model.name)), None
        )

    async def _weights(self, model: Model) -> str:
        """The file of a model's weights, as its Modelfile names it; empty if that is not told."""
        try:
            return weights_in((await self._service.details(model.name)).modelfile)
        except OllamaTuiError:
            return ""

    async def _free_for(self, source: str, destination: str) -> Model:
        self._service.refuse_if_read_only()
        refuse_suffix(destination)
        library = await self._service.library()
        model = library.installed(source)
        taken = library.get(destination)
        if taken is not None and same_model(model.name, destination):
            raise Refused(f"{model.name} has that name already")
        refuse_taken(library, destination)
        return model


def refuse_taken(library: Library, name: str) -> None:
    """Refuse a name that a model has.

    Raises:
        Refused: when there is one.
    """
    if (taken := library.get(name)) is not None:
        raise Refused(
            f"{taken.name} is there already",
            f"`ollama-tui rm {in_shell(taken.name)}` deletes it first.",
        )


def refuse_suffix(name: str) -> None:
    """Refuse a name that Ollama does not take as it stands (server/model_resolver.go).

    Raises:
        Refused: when its tag is `local` or `cloud`, which Ollama cuts off.
    """
    tag = parse_name(name).tag.casefold()
    if tag in _MEANT_FOR_OLLAMA:
        raise Refused(
            f"{name} cannot be named here: Ollama reads :{tag} as where a model runs",
            "It would act on the model without that tag.",
        )


def is_alike(one: Model, other: Model) -> bool:
    """Whether two models could be of the same weights.

    A model that is made of another one may be told to have 4.50M parameters where that has 4M.
    """

    def kind(model: Model) -> tuple[str, str, str]:
        return model.family, model.parameter_size, model.quantization

    if one.name == other.name or one.is_cloud:
        return False
    is_as_large = abs((one.size or 0) - (other.size or 0)) <= WORDS_AT_MOST
    return is_as_large or kind(one) == kind(other)
