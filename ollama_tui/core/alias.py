"""A copy on the server, under a fixed name, that follows the current model."""

from __future__ import annotations

import asyncio

from ollama_tui.core.current import AliasRecord, CurrentModel
from ollama_tui.core.errors import OllamaTuiError, Refused, ServerFailed, Unreachable
from ollama_tui.core.installed import refuse_suffix
from ollama_tui.core.library import Library
from ollama_tui.core.models import Model
from ollama_tui.core.names import parse_name, same_model
from ollama_tui.core.service import OllamaService
from ollama_tui.core.text import in_shell

_COPIES_AT_MOST = 2


class CurrentAlias:
    """Chooses the current model, and keeps the alias of it where one is wanted.

    `copy` overwrites without a word, so only what this program made is ever overwritten: what
    it makes is on disk before it is sent, and is known again by its digest.
    """

    def __init__(self, service: OllamaService, current: CurrentModel, name: str = "") -> None:
        """Nothing is sent yet.

        Args:
            service: the server's models.
            current: the user's choice.
            name: the alias; empty for none.

        Raises:
            InvalidInput: when it cannot be a model's name.
            Refused: when Ollama would read it as something else.
        """
        if name:
            refuse_suffix(name)
        self.name = str(parse_name(name)) if name else ""
        self._service, self._current = service, current
        self._following = asyncio.Lock()
        self._tried = self._failed = ""
        """Digests: of what was followed or refused, and of what failed in a way that may pass."""

    async def choose(self, name: str, library: Library) -> str:
        """Make an installed model the current one and give its whole name; nothing is sent.

        Raises:
            NoSuchModel: when it is not installed.
            Refused: when it is the alias.
            StateUnwritable: when the choice cannot be kept.
        """
        model = library.get(name)
        if model is not None and self.is_alias(model.name):
            raise self._itself(library.aliases_of(model))
        return await asyncio.to_thread(self._current.choose, name, library)

    async def follow_rename(self, name: str, new_name: str) -> bool:
        """Choose the current model anew if it is the one that was renamed; whether it is.

        Raises:
            OllamaTuiError: as `choose` does, or when the server does not answer.
        """
        current = self._current.read()
        if current is None or not same_model(current, name):
            return False
        await self.choose(new_name, await self._service.library())
        return True

    def is_alias(self, name: str) -> bool:
        """Whether a name is the alias."""
        return bool(self.name) and same_model(self.name, name)

    async def follow(self) -> bool:
        """Copy the current model anew unless the alias is the same already; whether it was.

        Raises:
            NoSuchModel: when the current model is not installed.
            Refused: in read-only mode, or when a model has the alias's name that this program
                did not make.
        """
        if not self.name:
            return False
        async with self._following:
            try:
                copies = await self._until_same()
            except (Unreachable, ServerFailed):
                self._failed, self._tried = self._tried, ""
                raise
            self._failed = ""
        if copies > _COPIES_AT_MOST:
            raise ServerFailed(
                f"the copy {self.name} is not there, or not the same as the current model",
                "The current model is there as it was.",
            )
        return copies > 0

    async def follow_change(self, library: Library) -> bool:
        """The same for a current model that has changed since.

        What failed and may pass is tried each time, but raised once for each change; a refusal
        is not tried again.
        """
        model = library.get(self._current.read() or "") if self.name else None
        if model is None or model.digest == self._tried:
            return False
        if self._current.alias() == AliasRecord(self.name, model.digest):
            # One that was deleted since stays deleted.
            return False
        was_raised = model.digest == self._failed
        try:
            return await self.follow()
        except (Unreachable, ServerFailed):
            if was_raised:
                return False
            raise

    async def try_to_follow(self, changed: str = "") -> str:
        """Follow; why the alias does not, or nothing.

        Args:
            changed: a model that was changed: nothing is done unless it is the current one;
                empty if the choice itself was.
        """
        if not self.name or (changed and not same_model(self._current.read() or "", changed)):
            return ""
        try:
            await self.follow()
        except OllamaTuiError as error:
            return self.trouble(error)
        return ""

    def trouble(self, error: OllamaTuiError) -> str:
        """Why the alias does not follow, fit to be shown."""
        remedy = f" {error.remedy}" if error.remedy else ""
        return f"Alias {self.name} does not follow ({error.what}).{remedy}"

    async def _until_same(self) -> int:
        """Copy until the alias is the same; gives how often, or more than is allowed."""
        for copies in range(_COPIES_AT_MOST + 1):
            library = await self._service.library()
            if (model := self._target(library)) is None:
                return 0
            self._tried = model.digest
            there = library.get(self.name)
            if there is not None and there.digest == model.digest:
                await self._note(there)
                return copies
            if copies < _COPIES_AT_MOST:
                await self._copy(model, there, library)
        return _COPIES_AT_MOST + 1

    def _target(self, library: Library) -> Model | None:
        name = self._current.read()
        if name is None:
            return None
        if self.is_alias(name):
            raise self._itself(())
        model = library.installed(name)
        if not model.digest:
            raise ServerFailed(f"the server tells no digest of {model.name}", "Update Ollama.")
        return model

    async def _note(self, there: Model) -> None:
        made = self._current.alias()
        seen = AliasRecord(self.name, there.digest)
        if made is not None and made != seen and made.is_of(there):
            await asyncio.to_thread(self._current.keep_alias, seen)

    async def _copy(self, model: Model, there: Model | None, library: Library) -> None:
        self._service.refuse_if_read_only()
        made = self._current.alias()
        if there is not None and (made is None or not made.is_of(there)):
            raise Refused(
                "not made by this program",
                f"`ollama-tui mv {in_shell(there.name)} NEW` keeps it under another name, "
                "`rm` deletes it.",
            )
        sent = AliasRecord(self.name, there.digest if there else "", model.digest)
        await asyncio.to_thread(self._current.keep_alias, sent)
        client = await self._service.client()
        if there is not None and await self._is_last_of(there, library):
            # Layers that a copy leaves without a name stay on the disk until Ollama restarts.
            await client.delete_model(there.name)
        await client.copy_model(model.name, self.name)

    async def _is_last_of(self, there: Model, library: Library) -> bool:
        """Whether no other name has its digest, and it is not loaded: it would stay so."""
        if library.aliases_of(there):
            return False
        try:
            running = await self._service.running()
        except OllamaTuiError:
            return False
        return not any(one.is_of(there) for one in running)

    def _itself(self, others: tuple[str, ...]) -> Refused:
        example = f", such as {others[0]}" if others else ""
        return Refused(
            f"{self.name} is the alias of the current model", f"Choose a model itself{example}."
        )
