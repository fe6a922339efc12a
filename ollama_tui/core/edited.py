"""Making a model anew with other parameters or another system prompt, so that nothing is lost.

`POST /api/create` takes what is given and keeps the rest of the model that it begins from, its
parameters one by one (server/create.go, setParameters). So nothing can be taken away by leaving
it out. Beginning from the weights alone could, but copies them since Ollama 0.32.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ollama_tui.core.errors import (
    InvalidInput,
    OllamaTuiError,
    Refused,
    ServerFailed,
    TooOld,
    Unsettled,
)
from ollama_tui.core.installed import is_alike, refuse_suffix, refuse_taken
from ollama_tui.core.library import Library
from ollama_tui.core.modelfile import Command, commands_of
from ollama_tui.core.models import Model
from ollama_tui.core.names import parse_name, same_model
from ollama_tui.core.parameters import PARAMETERS, Kind, Value
from ollama_tui.core.service import OllamaService
from ollama_tui.core.text import clean
from ollama_tui.core.tuning import Tuning, tuning_of
from ollama_tui.core.versions import version_of

_SINCE = (0, 5, 5)
"""The first version of Ollama whose `create` takes parameters; earlier ones took a Modelfile."""


@dataclass(frozen=True, slots=True)
class Edited:
    """What became of a model that was edited."""

    model: Model
    voided: tuple[str, ...] = ()
    """Parameters that are set to nothing, where the server could not take them away."""
    is_loaded: bool = False
    """Whether it is in memory, where it keeps what it had until it is loaded again."""

    @property
    def caveats(self) -> tuple[str, ...]:
        """What one should know of it, a clause each."""
        clauses = ["it is loaded, as it was until it is loaded again"] if self.is_loaded else []
        if self.voided:
            clauses.append(f"set to nothing, shown as <nil>: {', '.join(map(clean, self.voided))}")
        return tuple(clauses)


@dataclass(frozen=True, slots=True)
class _Base:
    """A model to begin from, and what of it has to be changed."""

    name: str
    parameters: Mapping[str, Value | list[str] | None]
    system: str
    """Empty to leave it as it is."""
    voided: tuple[str, ...] = ()


class EditedModels:
    """The parameters and system prompts of a server's models."""

    def __init__(self, service: OllamaService) -> None:
        """Nothing is sent yet."""
        self._service = service

    async def tuning(self, name: str, new_name: str = "") -> Tuning:
        """What can be edited of a model.

        Args:
            name: the model.
            new_name: how what is made of it is to be called; empty if that is not known yet.

        Raises:
            NoSuchModel: when it is not installed.
            Refused: when it is not this server's to edit, or in read-only mode.
            TooOld: when the server cannot make one.
        """
        self._service.refuse_if_read_only()
        refuse_suffix(name)
        _refuse_old(await self._service.version())
        library = await self._service.library()
        model = library.installed(name)
        if model.is_cloud:
            raise Refused(f"{model.name} runs in the cloud: there is nothing to edit here")
        if new_name:
            _name_for(library, model, new_name)
        return tuning_of(await self._service.whole_show(model.name))

    async def create(self, name: str, new_name: str, before: Tuning, after: Tuning) -> Edited:
        """Make a model that has what another one has, but for what was edited.

        Args:
            name: the other one.
            new_name: the same name, or one that is free.
            before: what the other one has.
            after: what the new one is to have.

        Raises:
            NoSuchModel: when the other one is gone; Ollama would pull it.
            Refused: when the new name is taken, or the system prompt cannot be taken away.
            Unsettled: when nobody knows whether it was made.
        """
        self._service.refuse_if_read_only()
        library = await self._service.library()
        model = library.installed(name)
        new_name = _name_for(library, model, new_name)
        base = await self._base(library, model, before, after)
        edited = await self._made(new_name, base)
        if edited is None:
            raise ServerFailed(f"{new_name} is not there", f"{model.name} is there as it was.")
        return Edited(edited, base.voided, await self._is_loaded(new_name))

    async def _made(self, name: str, base: _Base) -> Model | None:
        """What the server lists by that name once it has made it."""
        client = await self._service.client()
        doubt = f"{name} may be as it was meant to be: look at it before you try again."
        try:
            await client.create_model(name, base.name, base.parameters, base.system)
        except Unsettled as error:
            raise Unsettled(error.what, doubt) from error
        try:
            return (await self._service.library()).get(name)
        except OllamaTuiError as error:
            raise Unsettled(error.what, doubt) from error

    async def _base(self, library: Library, model: Model, before: Tuning, after: Tuning) -> _Base:
        changes = _changes(model.name, before, after)
        loses_system = bool(before.system) and not after.system
        if not (loses_system or changes.voided):
            return changes
        if (found := await self._without(library, model, after)) is not None:
            return found
        if loses_system:
            raise Refused(
                f"Ollama cannot take the system prompt away from {model.name}",
                "Give it another one; to pull the model again brings its original back.",
            )
        return changes

    async def _without(self, library: Library, model: Model, after: Tuning) -> _Base | None:
        """Another model that is the same but has nothing to be taken away; None if none is."""
        shown = await self._service.whole_show(model.name)
        for other in library:
            if not is_alike(other, model):
                continue
            try:
                candidate = await self._service.whole_show(other.name)
            except OllamaTuiError:
                # One that cannot be read is no reason to leave this one as it is.
                continue
            has = tuning_of(candidate)
            changes = _changes(other.name, has, after)
            is_less = not changes.voided and (after.system or not has.system)
            is_known = changes.parameters.keys() <= PARAMETERS.keys()
            if is_less and is_known and _rest_of(candidate) == _rest_of(shown):
                return changes
        return None

    async def _is_loaded(self, name: str) -> bool:
        try:
            running = await self._service.running()
        except OllamaTuiError:
            return False
        return any(same_model(one.name, name) for one in running)


def _name_for(library: Library, model: Model, new_name: str) -> str:
    """The name to send, as the server spells it: a model's own, or one that is free."""
    refuse_suffix(new_name)
    if same_model(model.name, new_name):
        return model.name
    refuse_taken(library, new_name)
    return str(parse_name(new_name))


def _changes(name: str, before: Tuning, after: Tuning) -> _Base:
    """What makes the one of the other; nothing is what Ollama takes for unset (api/types.go)."""
    given: dict[str, Value | list[str] | None] = {
        one: value for one, value in after.parameters.items() if before.parameters.get(one) != value
    }
    lost = sorted(before.parameters.keys() - after.parameters.keys())
    lists = [one for one in lost if one in PARAMETERS and PARAMETERS[one].kind is Kind.TEXTS]
    voided = tuple(one for one in lost if one not in lists)
    given |= {one: [] for one in lists} | dict.fromkeys(voided)
    system = "" if after.system == before.system else after.system
    return _Base(name, given, system, voided)


def _rest_of(shown: Mapping[str, object]) -> tuple[object, ...]:
    """All of a model that is not edited here, to be compared."""
    try:
        commands = tuple(map(_told, commands_of(str(shown.get("modelfile") or ""))))
    except InvalidInput:
        # One that cannot be read is like no other.
        return (object(),)
    rest = tuple(one for one in commands if one[0] not in ("parameter", "system"))
    fields = ("template", "license", "messages", "capabilities", "requires")
    return (rest, *(repr(shown.get(field)) for field in fields))


def _told(command: Command) -> tuple[str, str]:
    return command.word, command.value


def _refuse_old(version: str) -> None:
    found = version_of(version)
    if found is not None and found < _SINCE:
        raise TooOld(f"Ollama {version} cannot make a model in this way", "It can since 0.5.5.")
