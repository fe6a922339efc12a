"""What the fronts call: Ollama's answers as clean, frozen values."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ollama_tui.core.connection import Connection, read_only_refusal
from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.hosts import without_secrets
from ollama_tui.core.library import Library
from ollama_tui.core.models import ModelDetails, RunningModel
from ollama_tui.core.names import parse_name
from ollama_tui.core.server_clock import seconds_ahead
from ollama_tui.core.text import clean, clean_value
from ollama_tui.core.wire import (
    WireObject,
    details_of,
    model_of,
    object_in,
    running_model_of,
)

if TYPE_CHECKING:
    from ollama_tui.core.client import Client


_MOST_MODELS = 50_000
"""Ten times as many as this program is made for; all of them are kept, drawn and sorted."""


class OllamaService:
    """One server's models; errors, missing fields and control characters end here."""

    def __init__(self, connection: Connection, clock: Callable[[], float] = time.time) -> None:
        """Nothing is sent, and `ollama` is not imported, before the first question.

        Args:
            connection: the server.
            clock: this machine's, seconds since 1970; what the server says of times that count
                by the minute is told by it.
        """
        self._connection, self._clock = connection, clock
        self._client: Client | None = None
        self._opening = asyncio.Lock()
        # What was said last, with what it means.
        self._library: tuple[bytes | None, Library] = (None, Library())
        self._running: tuple[bytes | None, tuple[RunningModel, ...]] = (None, ())
        self._ahead = 0.0

    @property
    def url(self) -> str:
        """The server's address as it may be shown."""
        return without_secrets(self._connection.url)

    def recall(self, library: Library) -> None:
        """Take a library that was kept as what the server said last."""
        self._library = (None, library)

    @property
    def is_on_network(self) -> bool:
        """Whether its address is a real one; an imitation has none."""
        return self._connection.transport is None

    @property
    def clock_ahead(self) -> float | None:
        """Seconds by which its clock was ahead of this machine's at `ps`; None: it did not tell."""
        return self._ahead if self._client is not None and self._client.date else None

    async def version(self) -> str:
        """The server's version."""
        return clean(await (await self.client()).version(), 40)

    async def library(self) -> Library:
        """The installed models; the very same object as long as the server says the same."""
        body = await (await self.client()).tags()
        if body != self._library[0]:
            entries = self._entries(body)
            # Two names of one second come in an order that changes from call to call.
            models = sorted((model_of(entry) for entry in entries), key=lambda m: m.name.casefold())
            library = Library(tuple(model for model in models if model.name))
            same = library == self._library[1]
            self._library = (body, self._library[1] if same else library)
        return self._library[1]

    async def running(self) -> tuple[RunningModel, ...]:
        """The loaded models; the very same object as long as the server says the same."""
        client = await self.client()
        body = await client.running()
        ahead = seconds_ahead(client.date, self._clock(), self._ahead)
        if body != self._running[0] or ahead != self._ahead:
            self._ahead = ahead
            entries = self._entries(body)
            models = sorted((running_model_of(of, ahead) for of in entries), key=lambda m: m.name)
            running = tuple(model for model in models if model.name)
            same = running == self._running[1]
            self._running = (body, self._running[1] if same else running)
        return self._running[1]

    async def details(self, name: str) -> ModelDetails:
        """All about one installed model.

        Raises:
            NoSuchModel: when it is not installed.
        """
        return await self.details_in(name, await self.whole_show(name))

    async def details_in(self, name: str, shown: WireObject) -> ModelDetails:
        """All about a model, out of what `whole_show` gave."""
        # An answer may be megabytes long, which takes a while to clean.
        return await asyncio.to_thread(details_of, name, shown)

    async def everything(self, name: str) -> tuple[ModelDetails, WireObject]:
        """All about one installed model, and the very answer, with its texts clean.

        Raises:
            NoSuchModel: when it is not installed.
        """
        found = await self.whole_show(name)
        answer = await asyncio.to_thread(clean_value, found)
        return await self.details_in(name, found), object_in(answer)

    async def whole_show(self, name: str) -> WireObject:
        """What the server tells of one installed model, as it came: not fit to be shown.

        Raises:
            NoSuchModel: when it is not installed.
        """
        parse_name(name)
        body = await (await self.client()).whole_show(name)
        from ollama_tui.core import failures

        return await asyncio.to_thread(failures.read_object, body, self.url)

    async def client(self) -> Client:
        """The wire itself, for those who change something."""
        async with self._opening:
            if self._client is None:
                self._client = await asyncio.to_thread(self._open)
            return self._client

    def refuse_if_read_only(self) -> None:
        """Refuse what would change the server before anything is asked for it.

        Raises:
            Refused: in read-only mode.
        """
        if self._connection.read_only:
            raise read_only_refusal()

    async def is_alive(self) -> bool:
        """Whether `ps` answers, which is what Ollama's own clients mean by running."""
        try:
            await self.running()
        except OllamaTuiError:
            return False
        return True

    async def aclose(self) -> None:
        """Close the connections; the next question opens new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _open(self) -> Client:
        # `ollama` takes 0.3 s to import, so it waits until somebody asks, and runs in a thread.
        from ollama_tui.core.client import Client

        return Client(self._connection)

    def _entries(self, body: bytes) -> Iterable[WireObject]:
        from ollama_tui.core import failures

        entries = failures.read_object(body, self.url).get("models", ())
        if entries is None:
            return ()
        if not isinstance(entries, list) or len(entries) > _MOST_MODELS:
            raise failures.not_ollama(self.url)
        return (entry for entry in entries if isinstance(entry, dict))
